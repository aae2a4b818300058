#pragma once

/// \file
/// All of mtcp but <mtcp/cancel_on_stop.hpp>: blocking-style TCP in which every operation has a
/// timeout and can be cancelled.

#include <mtcp/bytes.hpp>             // what reads and writes take: spans, arrays, strings
#include <mtcp/cancel_on_signal.hpp>  // Ctrl+C cancels
#include <mtcp/deadline.hpp>          // a point in time that several calls can share
#include <mtcp/keepalive.hpp>         // when the kernel asks a silent peer
#include <mtcp/native_handle.hpp>     // a descriptor
#include <mtcp/relay.hpp>             // hands on what comes from one stream to another
#include <mtcp/resolve.hpp>           // the addresses of a host
#include <mtcp/shutdown.hpp>          // which half of a connection to end
#include <mtcp/socket_addr.hpp>       // IP address and port
#include <mtcp/stream.hpp>            // what anything that is a stream can do
#include <mtcp/stream_ref.hpp>        // a reference to a stream of any kind
#include <mtcp/tcp_canceller.hpp>     // aborts every pending operation of a manager
#include <mtcp/tcp_connection.hpp>    // accepted, not tied to a manager yet
#include <mtcp/tcp_error.hpp>         // errors are values
#include <mtcp/tcp_listener.hpp>      // accepts connections
#include <mtcp/tcp_manager.hpp>       // what listeners and streams share
#include <mtcp/tcp_reader.hpp>        // lines, frames and other messages from a stream
#include <mtcp/tcp_server.hpp>        // accepts, runs sessions, drains
#include <mtcp/tcp_stream.hpp>        // a connection: reads and writes
#include <mtcp/timeout.hpp>           // what reads and writes take: a total, an idle time, or both
