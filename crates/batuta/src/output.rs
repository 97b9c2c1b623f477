//! What is written for people and pipes. Unlike with `println!`, a reader that went away (`batuta start 2>&1 | head`) is no
//! reason to panic: whoever does not read any more misses nothing, and a server goes on.

use std::fmt::Arguments;
use std::io::{ErrorKind, Result, Write};

/// Writes a line to standard output.
macro_rules! say {
    ($($text:tt)*) => { $crate::output::out(format_args!("{}\n", format_args!($($text)*))) };
}

/// Writes a line to standard error.
macro_rules! tell {
    ($($text:tt)*) => { $crate::output::err(format_args!("{}\n", format_args!($($text)*))) };
}

pub(crate) use {say, tell};

/// Writes to standard output what somebody has asked for. If it can't be written (a disk is full), the process ends with
/// status 1: half an answer must not look like a whole one.
pub(crate) fn out(text: Arguments<'_>) {
    match write(&mut std::io::stdout().lock(), text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            err(format_args!("error: the output can't be written: {error}\n"));
            std::process::exit(1);
        }
        Ok(()) | Err(_) => {}
    }
}

/// Writes to standard error, if it can be written to.
pub(crate) fn err(text: Arguments<'_>) {
    let _ = write(&mut std::io::stderr().lock(), text);
}

fn write(to: &mut impl Write, text: Arguments<'_>) -> Result<()> {
    to.write_fmt(text)?;
    to.flush()
}
