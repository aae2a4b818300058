use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::command::Command;
use crate::connection::connect_pairs;
use crate::failure::Result;
use crate::measure::{measure, Party, PinnedParty};

struct Asker {
    stream: TcpStream,
    question: Vec<u8>,
    reply: Vec<u8>,
    count: usize,
}

impl Asker {
    fn ask(&mut self, times: usize) -> io::Result<()> {
        for _ in 0..times {
            self.stream.write_all(&self.question)?;
            self.stream.read_exact(&mut self.reply)?;
        }
        Ok(())
    }
}

impl Party for Asker {
    /// Also checks what comes back, so that the clock need not run meanwhile.
    fn warm_up(&mut self) -> io::Result<()> {
        self.ask(self.count / 10)?;
        if self.count >= 10 && self.reply != self.question {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "other bytes came back"));
        }
        Ok(())
    }

    fn run(&mut self) -> io::Result<()> {
        self.ask(self.count)
    }
}

struct Replier {
    stream: TcpStream,
    buffer: Vec<u8>,
    count: usize,
}

impl Replier {
    fn reply(&mut self, times: usize) -> io::Result<()> {
        for _ in 0..times {
            self.stream.read_exact(&mut self.buffer)?;
            self.stream.write_all(&self.buffer)?;
        }
        Ok(())
    }
}

impl Party for Replier {
    fn warm_up(&mut self) -> io::Result<()> {
        self.reply(self.count / 10)
    }

    fn run(&mut self) -> io::Result<()> {
        self.reply(self.count)
    }
}

pub fn ping_pong(command: &Command) -> Result<String> {
    let size = command.number("size")?;
    let count = command.number("count")?;
    let pin = command.pin()?;
    let mut players: Vec<PinnedParty> = Vec::new();
    for pair in connect_pairs(command.number("pairs")?)? {
        let asker =
            Asker { stream: pair.client, question: vec![b'x'; size], reply: vec![0; size], count };
        let replier = Replier { stream: pair.server, buffer: vec![0; size], count };
        players.push((pin.clients, Box::new(asker)));
        players.push((pin.servers, Box::new(replier)));
    }
    Ok(measure(players))
}
