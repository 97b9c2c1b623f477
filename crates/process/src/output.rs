//! The pipe between a process and its host.

use std::io;
use std::os::fd::OwnedFd;

use tokio::net::unix::pipe;

/// The pipe that takes a process's standard output and standard error: one for both, so that their order is the order in
/// which they were written.
#[derive(Debug)]
pub struct Output {
    /// The host's end.
    pub receiver: pipe::Receiver,
    /// The process's end; the host must let go of it, or it never sees the end.
    pub writer: io::PipeWriter,
}

impl Output {
    /// Makes the pipe. Must be called within a Tokio runtime with I/O enabled.
    pub fn new() -> io::Result<Self> {
        let (reader, writer) = io::pipe()?;
        Ok(Self { receiver: pipe::Receiver::from_owned_fd(OwnedFd::from(reader))?, writer })
    }
}

/// Reads what is in the pipe without waiting, `WouldBlock` when nothing is.
///
/// It asks the kernel directly: tokio's own `try_read` reads only after its reactor has seen the data.
pub fn read_now(pipe: &pipe::Receiver, buffer: &mut [u8]) -> io::Result<usize> {
    rustix::io::read(pipe, buffer).map_err(io::Error::from)
}
