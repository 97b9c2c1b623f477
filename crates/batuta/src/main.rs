//! `batuta`: AWS Step Functions workflows on this machine.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod answer;
mod cli;
mod commands;
mod fault;
mod output;
mod render;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::fault::Fault;
use crate::output::tell;
use crate::render::style::Style;

fn main() -> ExitCode {
    // clap ends the process itself for --help, --version and wrong use (status 2).
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Run(run) => commands::run::run(run),
        Command::Start(start) => commands::start::start(&start),
        Command::Time(clock) => commands::time::time(&clock),
        Command::Test(test) => commands::test::test(&test),
        Command::List(list) => commands::list::list(&list),
        Command::Check(check) => commands::check::check(&check),
        Command::Draw(draw) => commands::draw::draw(&draw),
        Command::History(history) => commands::history::history(&history),
    };
    match done {
        Ok(status) => ExitCode::from(status),
        Err(fault) => {
            tell_of(&fault);
            ExitCode::from(fault.status)
        }
    }
}

fn tell_of(fault: &Fault) {
    let style = Style::stderr();
    tell!("{} {}", style.bad("error:"), fault.message);
    if let Some(help) = &fault.help {
        tell!("  {} {help}", style.bold("help:"));
    }
}
