//! bench-rust is Rust's std::net as a system under test; benchmarks/README.md has the contract.
//!
//! std has a timeout for each operation but accept, and nothing that cancels.

mod bulk;
mod command;
mod connect;
mod connection;
mod failure;
mod measure;
mod overshoot;
mod ping_pong;
mod serve;
mod system_calls;

use std::io::{self, BufRead, Write};
use std::process;

use command::Command;
use failure::{Failure, Result};
use serve::Served;

/// Flushes: an answer that waited in a buffer would be waited for.
fn answer(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    writeln!(output, "{}", text.replace('\n', " "))?;
    output.flush()
}

/// Ends the program at once: other threads may wait for ever for the one that failed.
fn fail(why: &str) -> ! {
    answer(&format!("failed {why}")).ok(); // if not even that, the exit status tells
    process::exit(1)
}

/// Returns the last (or only) answer to `line`. `served` is what one command leaves to the next.
fn carry_out(line: &str, served: &mut Option<Served>) -> Result<String> {
    let command = Command::parse(line);
    match command.word() {
        "hello" => Ok("system=rust".into()),
        "ping-pong" => ping_pong::ping_pong(&command),
        "bulk" => bulk::bulk(&command),
        "connect" => connect::connect(&command),
        "overshoot" => overshoot::overshoot(&command),
        "serve" if served.is_some() => Err("serving already".into()),
        "serve" => {
            *served = Some(serve::serve(&command)?);
            Ok("serving".into())
        }
        "stop" => served.take().ok_or("nothing is served")?.stop(),
        _ => Err(Failure::Unsupported),
    }
}

fn main() -> io::Result<()> {
    system_calls::raise_descriptor_limit();
    let mut served = None;
    for line in io::stdin().lock().lines() {
        match carry_out(&line?, &mut served) {
            Ok(text) => answer(&text)?,
            Err(Failure::Unsupported) => answer("unsupported")?,
            Err(Failure::Failed(why)) => fail(&why),
        }
    }
    Ok(())
}
