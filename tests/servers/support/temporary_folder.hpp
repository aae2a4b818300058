#pragma once

#include <string>

namespace mtcp::test {

/// A directory of the test's own below the system's for temporary files, removed with all that is
/// in it.
class TemporaryFolder {
 public:
  /// Belongs to `user` if this process is root's and one is named.
  explicit TemporaryFolder(const std::string& user = {});
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace mtcp::test
