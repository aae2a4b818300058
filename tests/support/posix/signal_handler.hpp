#pragma once

#include <signal.h>

namespace mtcp::test {

/// Dispositions of signals, and handlers that count.
using Disposition = struct sigaction;

Disposition disposition(int signal);
void set_disposition(int signal, const Disposition& disposition);

/// Whether two dispositions have the same handler, flags and mask.
bool same(const Disposition& a, const Disposition& b);

Disposition defaulting();
Disposition ignoring();
/// Counts; with unusual flags and mask, so that one can see whether they are kept.
Disposition counting();
/// The same with SA_SIGINFO; remembers what sigqueue(3) sent along.
Disposition counting_with_info();
/// Counts, and leaves something else in errno.
Disposition spoiling_errno();

/// How often these counted, in any thread.
int counted();
int last_value();

}  // namespace mtcp::test
