#pragma once

namespace mtcp::test {

/// While it lives, this process may have descriptors up to `limit` only: those that are open
/// already stay open. Also makes open_descriptors() quick.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(unsigned limit);
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit();

  /// As many as are open now, and `spare` more. Only for a child process: descriptors below the
  /// highest one that are free count as spare too.
  static unsigned leaving(unsigned spare);

 private:
  unsigned long before_;
};

}  // namespace mtcp::test
