#include "sys/windows/error.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace mtcp::sys {

namespace {

struct Meaning {
  int code;
  std::errc condition;
  const char* text;
};

/// The library's system_category does not know what Winsock's codes mean, nor do all systems have
/// texts for them. The first one of several codes for a condition is what make_error() gives.
constexpr std::array meanings = std::to_array<Meaning>({
    {WSAEINTR, std::errc::interrupted, "Interrupted system call"},
    {WSAEBADF, std::errc::bad_file_descriptor, "Bad file descriptor"},
    {ERROR_INVALID_HANDLE, std::errc::bad_file_descriptor, "Bad file descriptor"},
    {WSAEACCES, std::errc::permission_denied, "Permission denied"},
    {ERROR_ACCESS_DENIED, std::errc::permission_denied, "Permission denied"},
    {WSAEFAULT, std::errc::bad_address, "Bad address"},
    {WSAEINVAL, std::errc::invalid_argument, "Invalid argument"},
    {WSAEMFILE, std::errc::too_many_files_open, "Too many open files"},
    {ERROR_TOO_MANY_OPEN_FILES, std::errc::too_many_files_open, "Too many open files"},
    {WSAEWOULDBLOCK, std::errc::operation_would_block, "Operation would block"},
    {WSAEINPROGRESS, std::errc::operation_in_progress, "Operation now in progress"},
    {WSAEALREADY, std::errc::connection_already_in_progress, "Operation already in progress"},
    {WSAENOTSOCK, std::errc::not_a_socket, "Not a socket"},
    {WSAEDESTADDRREQ, std::errc::destination_address_required, "Destination address required"},
    {WSAEMSGSIZE, std::errc::message_size, "Message too long"},
    {WSAEPROTOTYPE, std::errc::wrong_protocol_type, "Wrong type of protocol for the socket"},
    {WSAENOPROTOOPT, std::errc::no_protocol_option, "Protocol option not available"},
    {WSAEPROTONOSUPPORT, std::errc::protocol_not_supported, "Protocol not supported"},
    {WSAEOPNOTSUPP, std::errc::operation_not_supported, "Operation not supported"},
    {WSAEAFNOSUPPORT, std::errc::address_family_not_supported, "Address family not supported"},
    {WSAEADDRINUSE, std::errc::address_in_use, "Address already in use"},
    {WSAEADDRNOTAVAIL, std::errc::address_not_available, "Address not available"},
    {WSAENETDOWN, std::errc::network_down, "Network is down"},
    {WSAENETUNREACH, std::errc::network_unreachable, "Network is unreachable"},
    {ERROR_NETWORK_UNREACHABLE, std::errc::network_unreachable, "Network is unreachable"},
    {WSAENETRESET, std::errc::network_reset, "Connection broken by the network"},
    {WSAECONNABORTED, std::errc::connection_aborted, "Connection aborted"},
    {ERROR_CONNECTION_ABORTED, std::errc::connection_aborted, "Connection aborted"},
    {WSAECONNRESET, std::errc::connection_reset, "Connection reset by peer"},
    {ERROR_NETNAME_DELETED, std::errc::connection_reset, "Connection reset by peer"},
    {WSAENOBUFS, std::errc::no_buffer_space, "No buffer space available"},
    {WSAEISCONN, std::errc::already_connected, "Already connected"},
    {WSAENOTCONN, std::errc::not_connected, "Not connected"},
    {WSAESHUTDOWN, std::errc::broken_pipe, "The socket was shut down"},
    {WSAETIMEDOUT, std::errc::timed_out, "Connection timed out"},
    {ERROR_SEM_TIMEOUT, std::errc::timed_out, "Connection timed out"},
    {WSAECONNREFUSED, std::errc::connection_refused, "Connection refused"},
    {ERROR_CONNECTION_REFUSED, std::errc::connection_refused, "Connection refused"},
    {ERROR_PORT_UNREACHABLE, std::errc::connection_refused, "Connection refused"},
    {WSAEHOSTUNREACH, std::errc::host_unreachable, "No route to host"},
    {ERROR_HOST_UNREACHABLE, std::errc::host_unreachable, "No route to host"},
    {ERROR_NOT_ENOUGH_MEMORY, std::errc::not_enough_memory, "Not enough memory"},
    {ERROR_OUTOFMEMORY, std::errc::not_enough_memory, "Not enough memory"},
    {ERROR_NO_SYSTEM_RESOURCES, std::errc::no_buffer_space, "Not enough system resources"},
});

class WindowsCategory final : public std::error_category {
 public:
  const char* name() const noexcept override { return "windows"; }

  std::string message(int code) const override {
    const auto known = std::ranges::find(meanings, code, &Meaning::code);
    return known == meanings.end() ? std::system_category().message(code) : known->text;
  }

  std::error_condition default_error_condition(int code) const noexcept override {
    const auto known = std::ranges::find(meanings, code, &Meaning::code);
    if (known != meanings.end()) return known->condition;
    const auto other = std::system_category().default_error_condition(code);
    if (other.category() == std::generic_category()) return other;
    return {code, *this};
  }
};

constinit const WindowsCategory category;

}  // namespace

const std::error_category& error_category() noexcept {
  return category;
}

std::error_code make_error(std::errc condition) noexcept {
  const auto known = std::ranges::find(meanings, condition, &Meaning::condition);
  if (known == meanings.end()) return std::make_error_code(condition);
  return {known->code, category};
}

std::error_code winsock_error(DWORD code) noexcept {
  const auto known = std::ranges::find(meanings, static_cast<int>(code), &Meaning::code);
  return known == meanings.end() ? windows_error(code) : make_error(known->condition);
}

std::error_code last_error_of(NativeHandle handle) noexcept {
  const std::error_code error = last_error();
  DWORD flags = 0;
  if (error != std::errc::not_a_socket) return error;
  // INVALID_SOCKET is also a handle of this process.
  if (handle.valid() && ::GetHandleInformation(object_of(handle), &flags)) return error;
  return make_error(std::errc::bad_file_descriptor);
}

}  // namespace mtcp::sys
