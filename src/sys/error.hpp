#pragma once

#include <system_error>

/// The errors of the system's calls.
namespace mtcp::sys {

/// The category of the codes with which they fail.
const std::error_category& error_category() noexcept;

/// The code of that category that means `condition`: one whose message people know.
std::error_code make_error(std::errc condition) noexcept;

}  // namespace mtcp::sys
