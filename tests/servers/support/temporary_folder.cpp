#include "servers/support/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <pwd.h>
#include <system_error>
#include <unistd.h>

namespace mtcp::test {

TemporaryFolder::TemporaryFolder(const std::string& user)
    : path_(std::filesystem::temp_directory_path() / "mtcp-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr)
    throw std::system_error(errno, std::system_category(), "cannot make " + path_);
  if (user.empty() || ::geteuid() != 0) return;
  const passwd* entry = ::getpwnam(user.c_str());
  if (entry != nullptr && ::chown(path_.c_str(), entry->pw_uid, entry->pw_gid) == 0) return;
  std::filesystem::remove(path_);
  throw std::runtime_error("cannot give " + path_ + " to " + user);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace mtcp::test
