use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::answer;
use crate::command::Command;
use crate::connection;
use crate::failure::Result;
use crate::system_calls::processor_time;

/// Enough for echo(), and little enough for 10,000 threads.
const STACK_SIZE: usize = 64 * 1024;

/// All connections of a `serve`, each with a thread that sends everything back.
pub struct Served {
    threads: Vec<JoinHandle<io::Result<()>>>,
    cpu: Duration, // when all were accepted
}

/// Returns false at the end of the stream, which read_exact() does not tell from a message that is
/// cut short.
fn read_message(stream: &mut TcpStream, buffer: &mut [u8]) -> io::Result<bool> {
    let first = stream.read(buffer)?;
    if first == 0 {
        return Ok(false);
    }
    stream.read_exact(&mut buffer[first..])?;
    Ok(true)
}

fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 64];
    while read_message(&mut stream, &mut buffer)? {
        stream.write_all(&buffer)?;
    }
    Ok(())
}

pub fn serve(command: &Command) -> Result<Served> {
    let count: usize = command.number("count")?;
    let listener = connection::listen()?;
    answer(&format!("port={}", listener.local_addr()?.port()))?;
    let mut threads = Vec::new();
    for _ in 0..count {
        let stream = connection::accept(&listener)?;
        threads.push(thread::Builder::new().stack_size(STACK_SIZE).spawn(|| echo(stream))?);
    }
    Ok(Served { threads, cpu: processor_time() })
}

impl Served {
    pub fn stop(self) -> Result<String> {
        let mut outcome = Ok(());
        for thread in self.threads {
            outcome = outcome.and(thread.join().expect("echo() does not panic"));
        }
        let cpu = processor_time() - self.cpu;
        outcome?;
        Ok(format!("cpu={:.9}", cpu.as_secs_f64()))
    }
}
