use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener};

use crate::command::Command;
use crate::connection;
use crate::failure::Result;
use crate::measure::{measure, Party};

struct Connector {
    address: SocketAddr,
    count: usize,
}

impl Party for Connector {
    fn run(&mut self) -> io::Result<()> {
        (0..self.count).try_for_each(|_| connection::connect(self.address)?.read_exact(&mut [0]))
    }
}

struct Acceptor {
    listener: TcpListener,
    count: usize,
}

impl Party for Acceptor {
    fn run(&mut self) -> io::Result<()> {
        (0..self.count).try_for_each(|_| connection::accept(&self.listener)?.write_all(&[0]))
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
