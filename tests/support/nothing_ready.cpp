#include "support/nothing_ready.hpp"

#include <array>
#include <string>
#include <utility>

namespace mtcp::test {

namespace {

/// A result without its value.
template <class T>
Result<void> plain(const Result<T>& result) {
  if (result) return {};
  return std::unexpected(result.error());
}

constexpr std::array<std::byte, 64> bytes{};

/// With buffers that do not grow, so that what is full stays full.
Pair make_pair_of_fixed_size(const TcpManager& manager) {
  Pair pair = make_pair(manager);
  or_raise(pair.client.set_send_buffer_size(16384));
  or_raise(pair.server.set_receive_buffer_size(16384));
  return pair;
}

}  // namespace

NothingReady::NothingReady(const TcpManager& manager)
    : manager_(manager),
      idle_(make_pair(manager)),
      full_(make_pair_of_fixed_size(manager)),
      listener_(make_listener(manager)),
      black_hole_(manager),
      filled_(fill(full_.client)) {}

std::vector<BoundedOperation> NothingReady::operations() {
  std::vector<BoundedOperation> all;
  add_reads(all);
  add_writes(all);
  add_others(all);
  return all;
}

void NothingReady::add_reads(std::vector<BoundedOperation>& operations) {
  operations.push_back({"read", [this](const Bound& bound) {
                          std::array<std::byte, 16> buffer;
                          return plain(idle().read(buffer, bound.timeout()));
                        }});
  operations.push_back({"peek", [this](const Bound& bound) {
                          std::array<std::byte, 16> buffer;
                          return plain(idle().peek(buffer, bound.timeout()));
                        }});
  operations.push_back({"read_exact", [this](const Bound& bound) {
                          std::array<std::byte, 16> buffer;
                          return idle().read_exact(buffer, bound.timeout());
                        }});
  operations.push_back({"read_to_end", [this](const Bound& bound) {
                          std::string buffer;
                          return plain(idle().read_to_end(buffer, 16, bound.timeout()));
                        }});
  operations.push_back({"read_to_end at its limit", [this](const Bound& bound) {
                          std::string buffer;
                          return plain(idle().read_to_end(buffer, 0, bound.timeout()));
                        }});
  operations.push_back({"read_all", [this](const Bound& bound) {
                          std::string buffer;
                          return idle().read_all(buffer, {.timeout = bound.timeout()},
                                                 [](std::string_view) { return true; });
                        }});
}

void NothingReady::add_writes(std::vector<BoundedOperation>& operations) {
  operations.push_back({"write", [this](const Bound& bound) {
                          return plain(full().write(bytes, bound.timeout()));
                        }});
  operations.push_back({"write_all", [this](const Bound& bound) {
                          return full().write_all(bytes, bound.timeout());
                        }});
  operations.push_back({"write_all of pieces", [this](const Bound& bound) {
                          return full().write_all({bytes, bytes}, bound.timeout());
                        }});
}

void NothingReady::add_others(std::vector<BoundedOperation>& operations) {
  operations.push_back(
      {"accept", [this](const Bound& bound) { return plain(listener_.accept(bound.deadline())); }});
  operations.push_back(
      {"connect", [this](const Bound& bound) {
         return plain(TcpStream::connect(manager_, black_hole_.address(), bound.deadline()));
       }});
  operations.push_back({"wait_readable", [this](const Bound& bound) {
                          return manager_.wait_readable(idle().native_handle(), bound.deadline());
                        }});
  operations.push_back({"wait_writable", [this](const Bound& bound) {
                          return manager_.wait_writable(full().native_handle(), bound.deadline());
                        }});
}

}  // namespace mtcp::test
