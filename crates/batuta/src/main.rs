//! `batuta`: AWS Step Functions workflows on this machine.

mod answer;
mod cli;
mod commands;
mod fault;
mod render;

use std::process::ExitCode;

use clap::Parser as _;

use crate::cli::{Cli, Command};
use crate::fault::Fault;
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
            tell(&fault);
            ExitCode::from(fault.status)
        }
    }
}

fn tell(fault: &Fault) {
    let style = Style::stderr();
    eprintln!("{} {}", style.bad("error:"), fault.message);
    if let Some(help) = &fault.help {
        eprintln!("  {} {help}", style.bold("help:"));
    }
}
