use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::system_calls::lengthen_queue;

/// Bounds every operation that the contract does not say otherwise for.
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// A timeout is an option of the socket, set once. It bounds each system call, so that a peer that
/// sends byte by byte can stretch a read_exact().
fn configure(stream: TcpStream) -> io::Result<TcpStream> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    configure(TcpStream::connect_timeout(&address, TIMEOUT)?)
}

/// std has no timeout for this one.
pub fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    configure(listener.accept()?.0)
}

pub fn listen() -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    lengthen_queue(&listener)?;
    Ok(listener)
}

/// Both ends of one connection.
pub struct Pair {
    pub client: TcpStream,
    pub server: TcpStream,
}

pub fn connect_pairs(count: usize) -> io::Result<Vec<Pair>> {
    let listener = listen()?;
    let address = listener.local_addr()?;
    let pair = || Ok(Pair { client: connect(address)?, server: accept(&listener)? });
    (0..count).map(|_| pair()).collect()
}
