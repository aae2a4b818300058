#include "sys/windows/afd.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>

#include "sys/windows/error.hpp"
#include "sys/windows/wait_spot.hpp"
// After the sockets' headers.
#include <mswsock.h>
#include <winternl.h>

namespace mtcp::sys {

namespace {

/// AFD's own names and numbers; no header has them.
constexpr DWORD IOCTL_AFD_POLL = 0x00012024;

enum AfdEvent : ULONG {
  Receive = 0x1,
  Send = 0x4,
  Disconnect = 0x8,
  Abort = 0x10,
  LocalClose = 0x20,
  Accept = 0x80,
  ConnectFail = 0x100
};

constexpr ULONG failures = Abort | LocalClose | ConnectFail;

constexpr ULONG events_of(Direction direction) noexcept {
  return failures | (direction == Direction::Read ? Receive | Disconnect | Accept : Send);
}

/// The driver's own handle of a socket: providers that are layered above it have handles of theirs.
HANDLE base_of(NativeHandle handle) noexcept {
  SOCKET base = INVALID_SOCKET;
  DWORD size = 0;
  const bool found = ::WSAIoctl(socket_of(handle), SIO_BASE_HANDLE, nullptr, 0, &base, sizeof base,
                                &size, nullptr, nullptr) == 0;
  return found ? object_of(NativeHandle(std::uintptr_t{base})) : object_of(handle);
}

}  // namespace

HANDLE open_afd() noexcept {
  static wchar_t path[] = L"\\Device\\Afd\\mtcp";  // whatever follows the device's name
  UNICODE_STRING name{sizeof path - sizeof path[0], sizeof path, path};
  OBJECT_ATTRIBUTES attributes{};
  attributes.Length = sizeof attributes;
  attributes.ObjectName = &name;
  IO_STATUS_BLOCK result{};
  HANDLE opened = nullptr;
  const NTSTATUS status =
      ::NtCreateFile(&opened, SYNCHRONIZE, &attributes, &result, nullptr, 0,
                     FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_OPEN, 0, nullptr, 0);
  if (status >= 0) return opened;
  ::SetLastError(::RtlNtStatusToDosError(status));
  return nullptr;
}

AfdPoll::~AfdPoll() {
  if (!pending_) return;
  // The driver writes into this object until it has answered, be it that it is told to stop.
  ::CancelIoEx(spot_.driver(), &overlapped_);
  DWORD size = 0;
  ::GetOverlappedResult(spot_.driver(), &overlapped_, &size, TRUE);
}

void AfdPoll::add(const Interest& interest) noexcept {
  const HANDLE handle = base_of(interest.handle);
  const std::span known(question_.sockets.data(), question_.count);
  const auto same = std::ranges::find(known, handle, &Socket::handle);
  if (same != known.end())
    same->events |= events_of(interest.direction);
  else
    question_.sockets[question_.count++] = {handle, events_of(interest.direction), 0};
}

std::error_code AfdPoll::ask(Patience patience) noexcept {
  asked_ = true;
  question_.time.QuadPart = patience == Patience::None ? 0 : std::numeric_limits<LONGLONG>::max();
  overlapped_.hEvent = spot_.answered();
  const auto size =
      static_cast<DWORD>(offsetof(Question, sockets) + question_.count * sizeof(Socket));
  DWORD answer_size = 0;
  if (::DeviceIoControl(spot_.driver(), IOCTL_AFD_POLL, &question_, size, &question_, size,
                        &answer_size, &overlapped_)) {
    take_answer();
    return {};
  }
  if (::GetLastError() != ERROR_IO_PENDING) return last_error();
  pending_ = true;
  return {};
}

std::error_code AfdPoll::error() noexcept {
  if (!pending_) return {};
  pending_ = false;
  DWORD size = 0;
  if (!::GetOverlappedResult(spot_.driver(), &overlapped_, &size, TRUE)) return last_error();
  take_answer();
  return {};
}

/// Where nothing was ready in time, the question may have been left as it was.
void AfdPoll::take_answer() noexcept {
  const bool is_answered = overlapped_.Internal == 0 && overlapped_.InternalHigh != 0;
  if (!is_answered) question_.count = 0;
}

bool AfdPoll::is_aborted() const noexcept {
  return !nothing() && (question_.sockets[0].events & Abort) != 0;
}

std::error_code AfdPoll::connect_error() const noexcept {
  if (nothing() || (question_.sockets[0].events & failures) == 0) return {};
  const LONG status = question_.sockets[0].status;
  if (status >= 0) return make_error(std::errc::connection_refused);
  return winsock_error(::RtlNtStatusToDosError(status));
}

}  // namespace mtcp::sys
