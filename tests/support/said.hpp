#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <mtcp/mtcp.hpp>

namespace mtcp::test {

inline std::string text(TcpReader::View bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// What a call returned, for comparing: the text, "<end>", or what kind of error it was.
inline std::string said(const TcpError& error) {
  constexpr std::array names = {"<cancelled>", "<timed out>", "<incomplete>", "<too big>",
                                "<failed>"};
  return names.at(static_cast<std::size_t>(error.kind()));
}
inline std::string said(const Result<std::optional<std::string_view>>& line) {
  if (!line) return said(line.error());
  return *line ? std::string(**line) : "<end>";
}
inline std::string said(const Result<std::optional<TcpReader::View>>& part) {
  if (!part) return said(part.error());
  return *part ? text(**part) : "<end>";
}
inline std::string said(const Result<TcpReader::View>& bytes) {
  return bytes ? text(*bytes) : said(bytes.error());
}

inline std::string length(std::uint64_t value, FrameLength format) {
  std::string bytes;
  for (unsigned i = 0; i < format.size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  if (format.order == std::endian::big) std::ranges::reverse(bytes);
  return bytes;
}

/// The same call again and again: what each returned, until one says "<end>" or "<incomplete>".
inline std::vector<std::string> all(const std::function<std::string()>& call) {
  std::vector<std::string> results;
  do results.push_back(call());
  while (results.back() != "<end>" && results.back() != "<incomplete>" && results.size() < 100);
  return results;
}

}  // namespace mtcp::test
