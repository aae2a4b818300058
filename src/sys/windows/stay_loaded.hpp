#pragma once

namespace mtcp::sys {

/// Keeps the DLL that contains mtcp in memory for as long as the process lives, since the system
/// calls functions of it when a thread ends and when there is a console event. That could not be
/// taken back in time: static destructors run as well when a program ends, beside threads that wait
/// still. Called before the system is told of such a function. Whether it succeeded.
bool stay_loaded() noexcept;

}  // namespace mtcp::sys
