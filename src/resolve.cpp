#include <mtcp/resolve.hpp>

#include "look_up.hpp"

namespace mtcp {

Result<std::vector<SocketAddr>> resolve(const TcpManager& manager, std::string_view host,
                                        std::uint16_t port, Deadline deadline) {
  detail::Operation operation(*detail::Internals::state(manager), deadline);
  auto found = detail::look_up(operation, host, port);
  if (found) return std::move(*found);
  return std::unexpected(found.error().error({"resolve", ""}, detail::Subject::host(host, port)));
}

}  // namespace mtcp
