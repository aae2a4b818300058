use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener};

use crate::command::Command;
use crate::connection;
use crate::failure::Result;
use crate::measure::{measure, Party};

const GREETING: [u8; 1] = [b'x'];

struct Connector {
    address: SocketAddr,
    count: usize,
}

impl Connector {
    fn connect(&self, times: usize) -> io::Result<()> {
        for _ in 0..times {
            let mut byte = [0];
            connection::connect(self.address)?.read_exact(&mut byte)?;
            if byte != GREETING {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "another byte was read"));
            }
        }
        Ok(())
    }
}

impl Party for Connector {
    fn warm_up(&mut self) -> io::Result<()> {
        self.connect(self.count / 10)
    }

    fn run(&mut self) -> io::Result<()> {
        self.connect(self.count)
    }
}

struct Acceptor {
    listener: TcpListener,
    count: usize,
}

impl Acceptor {
    fn accept(&self, times: usize) -> io::Result<()> {
        (0..times).try_for_each(|_| connection::accept(&self.listener)?.write_all(&GREETING))
    }
}

impl Party for Acceptor {
    fn warm_up(&mut self) -> io::Result<()> {
        self.accept(self.count / 10)
    }

    fn run(&mut self) -> io::Result<()> {
        self.accept(self.count)
    }
}

pub fn connect(command: &Command) -> Result<String> {
    let count = command.number("count")?;
    let pin = command.pin()?;
    let listener = connection::listen()?;
    let connector = Connector { address: listener.local_addr()?, count };
    let acceptor = Acceptor { listener, count };
    Ok(measure(vec![(pin.clients, Box::new(connector)), (pin.servers, Box::new(acceptor))]))
}
