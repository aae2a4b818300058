use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::command::Command;
use crate::connection::connect_pairs;
use crate::failure::Result;
use crate::measure::{measure, Party};

struct Sender {
    stream: TcpStream,
    buffer: Vec<u8>,
    left: usize,
}

impl Party for Sender {
    fn run(&mut self) -> io::Result<()> {
        while self.left > 0 {
            let size = self.left.min(self.buffer.len());
            self.stream.write_all(&self.buffer[..size])?;
            self.left -= size;
        }
        Ok(())
    }
}

struct Receiver {
    stream: TcpStream,
    buffer: Vec<u8>,
    left: usize,
}

impl Party for Receiver {
    fn run(&mut self) -> io::Result<()> {
        while self.left > 0 {
            let size = self.left.min(self.buffer.len());
            match self.stream.read(&mut self.buffer[..size])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => self.left -= read,
            }
        }
        Ok(())
    }
}

pub fn bulk(command: &Command) -> Result<String> {
    let size = command.number("size")?;
    let left = command.number("bytes")?;
    let pin = command.pin()?;
    let pair = connect_pairs(1)?.remove(0);
    let sender = Sender { stream: pair.client, buffer: vec![0; size], left };
    let receiver = Receiver { stream: pair.server, buffer: vec![0; size], left };
    Ok(measure(vec![(pin.clients, Box::new(sender)), (pin.servers, Box::new(receiver))]))
}
