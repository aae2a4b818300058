#pragma once

/// Each sets up, does the same `count` times, at most `most`, and ends the program.
namespace cost {

// What is ready: no need to wait.
[[noreturn]] void read(unsigned count);
[[noreturn]] void read_exact(unsigned count);
[[noreturn]] void read_line(unsigned count);
[[noreturn]] void write(unsigned count);
[[noreturn]] void write_all(unsigned count);
[[noreturn]] void write_all_pieces(unsigned count);
[[noreturn]] void cancel(unsigned count);

// A connection made, and closed again.
[[noreturn]] void accept(unsigned count);
[[noreturn]] void connect(unsigned count);

// What sleeps once.
[[noreturn]] void read_waiting(unsigned count);
[[noreturn]] void read_without_time(unsigned count);
[[noreturn]] void read_cancelled(unsigned count);

// The same by system calls alone: of blocking sockets, or with a poll of its own.
[[noreturn]] void raw_recv(unsigned count);
[[noreturn]] void raw_send(unsigned count);
[[noreturn]] void raw_sendmsg(unsigned count);
[[noreturn]] void raw_accept(unsigned count);
[[noreturn]] void raw_connect(unsigned count);
[[noreturn]] void raw_recv_waiting(unsigned count);
[[noreturn]] void raw_poll_waiting(unsigned count);

}  // namespace cost
