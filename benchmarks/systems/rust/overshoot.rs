use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::command::Command;
use crate::connection::connect_pairs;
use crate::failure::Result;

/// How many microseconds later than `timeout`, which is the stream's, a read returns that nothing
/// arrives for.
fn lateness(stream: &mut TcpStream, timeout: Duration) -> Result<f64> {
    let start = Instant::now();
    let outcome = stream.read(&mut [0]);
    let took = start.elapsed();
    match outcome {
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            Ok((took.as_secs_f64() - timeout.as_secs_f64()) * 1e6)
        }
        other => Err(format!("a read that should time out: {other:?}").into()),
    }
}

pub fn overshoot(command: &Command) -> Result<String> {
    let timeout = Duration::from_micros(command.number("timeout_us")?);
    let count: usize = command.number("count")?;
    let mut pair = connect_pairs(1)?.remove(0);
    pair.client.set_read_timeout(Some(timeout))?;
    let mut times = Vec::new();
    for _ in 0..count {
        times.push(format!("{:.3}", lateness(&mut pair.client, timeout)?));
    }
    Ok(format!("late_us={}", times.join(",")))
}
