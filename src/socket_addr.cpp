#include <charconv>
#include <optional>
#include <ostream>

#include <mtcp/socket_addr.hpp>

#include "address_parser.hpp"
#include "address_text.hpp"
#include "internals.hpp"

namespace mtcp {

Result<SocketAddr> SocketAddr::parse(std::string_view text) {
  const auto parsed = detail::parse_address(text);
  if (parsed) return *parsed;
  return std::unexpected(detail::Internals::failure(parsed.error().code, {"parse", "address"},
                                                    detail::Subject::quoted(text),
                                                    parsed.error().reason));
}

std::string SocketAddr::to_string() const {
  return std::string(detail::AddressText(*this).view());
}

std::ostream& operator<<(std::ostream& out, const SocketAddr& address) {
  return out << detail::AddressText(address).view();
}

}  // namespace mtcp

std::size_t std::hash<mtcp::SocketAddr>::operator()(
    const mtcp::SocketAddr& address) const noexcept {
  // FNV-1a, 64 bits
  std::uint64_t mixed = 0xcbf29ce484222325U;
  const auto mix = [&mixed](std::uint32_t value) { mixed = (mixed ^ value) * 0x100000001b3U; };
  for (const std::uint8_t octet : address.octets()) mix(octet);
  mix(address.is_v6() ? 1 : 0);
  mix(address.zone());
  mix(address.port());
  return static_cast<std::size_t>(mixed ^ (mixed >> 32));
}
