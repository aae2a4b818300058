use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::command::Command;
use crate::connection::connect_pairs;
use crate::failure::Result;
use crate::measure::{measure, Party};

struct Sender {
    stream: TcpStream,
    buffer: Vec<u8>,
    bytes: usize,
}

impl Sender {
    fn send(&mut self, mut left: usize) -> io::Result<()> {
        while left > 0 {
            let size = left.min(self.buffer.len());
            self.stream.write_all(&self.buffer[..size])?;
            left -= size;
        }
        Ok(())
    }
}

impl Party for Sender {
    fn warm_up(&mut self) -> io::Result<()> {
        self.send(self.bytes / 10)
    }

    fn run(&mut self) -> io::Result<()> {
        self.send(self.bytes)
    }
}

struct Receiver {
    stream: TcpStream,
    buffer: Vec<u8>,
    bytes: usize,
}

impl Receiver {
    fn receive(&mut self, mut left: usize) -> io::Result<()> {
        while left > 0 {
            let size = left.min(self.buffer.len());
            match self.stream.read(&mut self.buffer[..size])? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => left -= read,
            }
        }
        Ok(())
    }
}

impl Party for Receiver {
    fn warm_up(&mut self) -> io::Result<()> {
        self.receive(self.bytes / 10)
    }

    fn run(&mut self) -> io::Result<()> {
        self.receive(self.bytes)
    }
}

pub fn bulk(command: &Command) -> Result<String> {
    let size = command.number("size")?;
    let bytes = command.number("bytes")?;
    let pin = command.pin()?;
    let pair = connect_pairs(1)?.remove(0);
    let sender = Sender { stream: pair.client, buffer: vec![0; size], bytes };
    let receiver = Receiver { stream: pair.server, buffer: vec![0; size], bytes };
    Ok(measure(vec![(pin.clients, Box::new(sender)), (pin.servers, Box::new(receiver))]))
}
