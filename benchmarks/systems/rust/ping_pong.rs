use std::io::{self, Read, Write};
use std::net::TcpStream;

use crate::command::Command;
use crate::connection::connect_pairs;
use crate::failure::Result;
use crate::measure::{measure, Party, PinnedParty};

/// An end of a connection that takes turns with the other.
struct Player {
    stream: TcpStream,
    buffer: Vec<u8>,
    count: usize,
    round: fn(&mut Player) -> io::Result<()>,
}

impl Player {
    fn serve_ball(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.buffer)?;
        self.stream.read_exact(&mut self.buffer)
    }

    fn return_ball(&mut self) -> io::Result<()> {
        self.stream.read_exact(&mut self.buffer)?;
        self.stream.write_all(&self.buffer)
    }

    fn play(&mut self, rounds: usize) -> io::Result<()> {
        (0..rounds).try_for_each(|_| (self.round)(self))
    }
}

impl Party for Player {
    fn warm_up(&mut self) -> io::Result<()> {
        self.play(self.count / 10)
    }

    fn run(&mut self) -> io::Result<()> {
        self.play(self.count)
    }
}

pub fn ping_pong(command: &Command) -> Result<String> {
    let size = command.number("size")?;
    let count = command.number("count")?;
    let pin = command.pin()?;
    let player = |stream, round| -> Box<dyn Party> {
        Box::new(Player { stream, buffer: vec![0; size], count, round })
    };
    let mut players: Vec<PinnedParty> = Vec::new();
    for pair in connect_pairs(command.number("pairs")?)? {
        players.push((pin.clients, player(pair.client, Player::serve_ball)));
        players.push((pin.servers, player(pair.server, Player::return_ball)));
    }
    Ok(measure(players))
}
