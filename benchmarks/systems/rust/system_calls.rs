//! What std does not offer, from the C library that it is built on. For 64-bit Linux.

use std::io;
use std::net::TcpListener;
use std::os::unix::io::AsRawFd;
use std::time::Duration;

#[repr(C)]
struct Limit {
    soft: u64,
    hard: u64,
}

#[repr(C)]
struct Time {
    seconds: i64,
    nanoseconds: i64,
}

/// As large as the C library's cpu_set_t.
type ProcessorSet = [u64; 16];

const RLIMIT_NOFILE: i32 = 7;
const CLOCK_PROCESS_CPUTIME_ID: i32 = 2;

extern "C" {
    fn getrlimit(resource: i32, limit: *mut Limit) -> i32;
    fn setrlimit(resource: i32, limit: *const Limit) -> i32;
    fn clock_gettime(clock: i32, time: *mut Time) -> i32;
    fn listen(descriptor: i32, backlog: i32) -> i32;
    fn sched_setaffinity(thread: i32, size: usize, set: *const ProcessorSet) -> i32;
}

/// Lets the process open as many descriptors as it may. Where that is not enough, the command that
/// needs more fails.
pub fn raise_descriptor_limit() {
    let mut limit = Limit { soft: 0, hard: 0 };
    unsafe {
        if getrlimit(RLIMIT_NOFILE, &mut limit) == 0 {
            limit.soft = limit.hard;
            setrlimit(RLIMIT_NOFILE, &limit);
        }
    }
}

/// The time that all threads of the process have used, in user and in system mode.
pub fn processor_time() -> Duration {
    let mut time = Time { seconds: 0, nanoseconds: 0 };
    let code = unsafe { clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(code, 0, "clock_gettime");
    Duration::new(time.seconds as u64, time.nanoseconds as u32)
}

/// Lets as many connections wait for accept() as the system allows. std's queue takes 128, and who
/// finds it full comes again after a second.
pub fn lengthen_queue(listener: &TcpListener) -> io::Result<()> {
    check(unsafe { listen(listener.as_raw_fd(), i32::MAX) })
}

/// Keeps the calling thread to one processor.
pub fn pin_to(processor: usize) -> io::Result<()> {
    let mut set: ProcessorSet = [0; 16];
    let word = set.get_mut(processor / 64).ok_or(io::ErrorKind::InvalidInput)?;
    *word = 1 << (processor % 64);
    check(unsafe { sched_setaffinity(0, std::mem::size_of_val(&set), &set) })
}

fn check(code: i32) -> io::Result<()> {
    match code {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
