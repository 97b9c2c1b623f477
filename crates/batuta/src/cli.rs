//! The command line's grammar and what `--help` teaches.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs AWS Step Functions workflows on this machine: the template you deploy, the definitions it names and the real
/// Lambda function binaries, with the AWS services they use embedded. No Docker, no AWS account, no network.
#[derive(Debug, Parser)]
#[command(
    name = "batuta",
    version,
    after_help = "Exit status: 0 succeeded; 1 failed, timed out or aborted; 2 wrong use or broken files.\n\n\
                  Try:\n  \
                  batuta list                                    what there is to run\n  \
                  batuta run stock-trading                       run it; you are asked to approve the trade\n  \
                  batuta run stock-trading --answer approve --json | jq .order\n  \
                  batuta history                                 what happened, event by event\n  \
                  batuta start                                   all of it on port 4566, for the AWS CLI and SDKs\n  \
                  batuta test                                    every case, and what they covered"
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one execution of a state machine, from its first state to its end
    Run(Run),
    /// Serve the whole stack on a port of this machine, for any AWS SDK and the AWS CLI; nothing is lost when it ends
    Start(Start),
    /// Show or move the clock of a running server
    Time(Clock),
    /// Run the cases: inputs beside which it is written what must come of them
    Test(Test),
    /// List the state machines, their events, and the functions of the template
    List(List),
    /// Check the template and every definition it names
    Check(Check),
    /// Draw state machines as SVG
    Draw(Draw),
    /// Show the history of the last run, or of an execution by its name
    History(History),
}

/// Which project.
#[derive(Debug, Args)]
pub(crate) struct Project {
    /// The SAM template; looked for here and in the folders above when not given
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) template: Option<PathBuf>,
    /// Set a parameter of the template
    #[arg(long = "parameter", value_name = "NAME=VALUE", global = true, value_parser = name_and_value)]
    pub(crate) parameters: Vec<(String, String)>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The embedded services start empty for each run and end with it; the execution's history stays in \
                        .batuta/ beside the template.\n\n\
                        Examples:\n  \
                        batuta run stock-trading --input events/stock-trading/sell.json\n  \
                        batuta run stock-trading --input '{\"symbol\": \"AMZN\", \"quantity\": 3}'\n  \
                        echo '{}' | batuta run task-timer --input - --time skip"
)]
pub(crate) struct Run {
    /// The state machine: the name of its definition's file, its logical ID or its name on AWS
    pub(crate) machine: String,
    /// The input: a JSON file, JSON text, or - for standard input; the machine's default event when not given
    #[arg(long, value_name = "FILE|JSON|-", allow_hyphen_values = true)]
    pub(crate) input: Option<String>,
    /// Who answers when the workflow asks a person
    #[arg(long, value_name = "ANSWER", default_value = "ask")]
    pub(crate) answer: Answer,
    /// How time passes: as it does, or jumping over waits when nothing is running
    #[arg(long, value_name = "PACE", default_value = "real")]
    pub(crate) time: Time,
    /// Print the execution's output on standard output, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
    /// Show what the functions log
    #[arg(long)]
    pub(crate) logs: bool,
    /// Hand invocations to a running `cargo lambda watch`, such as `http://127.0.0.1:9000`
    #[arg(long, value_name = "URL")]
    pub(crate) lambda_endpoint: Option<String>,
    /// The port of 127.0.0.1 that the embedded services listen on; any free one when not given
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// Set an environment variable of a function, or of all functions
    #[arg(long = "env", value_name = "[FUNCTION:]NAME=VALUE", value_parser = environment)]
    pub(crate) environment: Vec<Environment>,
    #[command(flatten)]
    pub(crate) project: Project,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Everything is kept in .batuta/ beside the template: end the server in any way, start it again, and every \
                        execution goes on.\n\n\
                        Examples:\n  \
                        batuta start\n  \
                        export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_DEFAULT_REGION=us-east-1\n  \
                        export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local\n  \
                        aws stepfunctions list-state-machines\n  \
                        batuta start --ephemeral --time skip --port 0   for a test run"
)]
pub(crate) struct Start {
    /// The port; 0 for any free one
    #[arg(long, value_name = "PORT", default_value_t = 4566)]
    pub(crate) port: u16,
    /// The address to listen on. One that is not of the loopback interface needs --expose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,
    /// Let other machines in: the server asks for no credentials, runs the functions of the template for whoever calls, and
    /// gives out all that is stored
    #[arg(long)]
    pub(crate) expose: bool,
    /// The folder that keeps executions, state machines, tables, objects, queues and logs; .batuta beside the template when
    /// not given
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    /// Keep nothing: begin empty, and forget everything at the end
    #[arg(long, conflicts_with = "data")]
    pub(crate) ephemeral: bool,
    /// How time passes: as it does, or jumping to the next timer when nothing is running and nobody is asked
    #[arg(long, value_name = "PACE", default_value = "real")]
    pub(crate) time: Time,
    /// Take up changes of definitions, template and functions while running
    #[arg(long)]
    pub(crate) watch: bool,
    /// Show what the functions log
    #[arg(long)]
    pub(crate) logs: bool,
    /// Hand invocations to a running `cargo lambda watch`, such as `http://127.0.0.1:9000`
    #[arg(long, value_name = "URL")]
    pub(crate) lambda_endpoint: Option<String>,
    /// Set an environment variable of a function, or of all functions
    #[arg(long = "env", value_name = "[FUNCTION:]NAME=VALUE", value_parser = environment)]
    pub(crate) environment: Vec<Environment>,
    #[command(flatten)]
    pub(crate) project: Project,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Time moves from timer to timer: each fires at its own time, and what it sets off runs before time goes on.\n\n\
                        Examples:\n  \
                        batuta time\n  \
                        batuta time advance 2d\n  \
                        batuta time advance 1h30m --endpoint http://127.0.0.1:4567"
)]
pub(crate) struct Clock {
    #[command(subcommand)]
    pub(crate) movement: Option<Movement>,
    /// Where the server listens
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL", default_value = "http://127.0.0.1:4566", global = true)]
    pub(crate) endpoint: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Movement {
    /// Move it ahead
    Advance {
        /// How far: 2d, 1h30m, 90s, P2DT3H
        by: String,
    },
}

#[derive(Debug, Args)]
#[command(
    after_help = "A case is an input events/<machine>/<case>.json with <case>.expect.json beside it; docs/testing.md has the \
                  format. Each runs on functions and services of its own, waits are skipped.\n\n\
                  Exit status: 0 every case passed and the coverage is reached; 1 not so; 2 wrong use or broken files.\n\n\
                  Examples:\n  \
                  batuta test                          every case of every machine\n  \
                  batuta test delivery                 those of one machine\n  \
                  batuta test 'delivery/payment*'      some of them; the coverage is not demanded then\n  \
                  batuta test --junit target/junit.xml --json > report.json"
)]
pub(crate) struct Test {
    /// Machines, cases, or cases of one machine; `*` stands for any run of characters. All when not given
    #[arg(value_name = "MACHINE|CASE|MACHINE/CASE")]
    pub(crate) patterns: Vec<String>,
    /// How many cases run at the same time; as many as there are cores when not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Print the report as JSON on standard output, and nothing else
    #[arg(long)]
    pub(crate) json: bool,
    /// The coverage of states, of arms and of catches that is demanded of each machine
    #[arg(long, value_name = "PERCENT", default_value_t = 100.0, value_parser = percent)]
    pub(crate) coverage_minimum: f64,
    /// Demand no coverage
    #[arg(long, conflicts_with = "coverage_minimum")]
    pub(crate) no_coverage_check: bool,
    /// How long one execution may take by the clock on the wall
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) timeout: u64,
    #[command(flatten)]
    pub(crate) project: Project,
}

#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) project: Project,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) project: Project,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
                  batuta draw stock-trading > stock-trading.svg\n  \
                  batuta draw --output docs/workflows      all of them, each into a file")]
pub(crate) struct Draw {
    /// The state machine; all of them when not given
    pub(crate) machine: Option<String>,
    /// The folder to write `<machine>.svg` into; standard output when not given
    #[arg(long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) project: Project,
}

#[derive(Debug, Args)]
pub(crate) struct History {
    /// The execution's name or ARN; the last one when not given
    pub(crate) execution: Option<String>,
    /// Print what `GetExecutionHistory` gives
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) project: Project,
}

/// Who answers when a workflow asks a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Answer {
    /// You, in the terminal
    Ask,
    /// Always yes
    Approve,
    /// Always no
    Reject,
    /// Nobody: the request waits until its time is up
    Nobody,
}

/// How time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Time {
    /// As it does
    Real,
    /// Jumping to the next timer when nothing is running and nobody is asked
    Skip,
}

/// An environment variable for one function or for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Environment {
    pub(crate) function: Option<String>,
    pub(crate) name: String,
    pub(crate) value: String,
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.into(), value.into())),
        _ => Err("write it as NAME=VALUE".into()),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').trim().parse::<f64>() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("write a number from 0 to 100".into()),
    }
}

fn environment(text: &str) -> Result<Environment, String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| "write it as NAME=VALUE or FUNCTION:NAME=VALUE".to_owned())?;
    let (function, name) = match name.split_once(':') {
        Some((function, name)) => (Some(function.to_owned()), name),
        None => (None, name),
    };
    if name.is_empty() {
        return Err("write it as NAME=VALUE or FUNCTION:NAME=VALUE".into());
    }
    Ok(Environment { function, name: name.into(), value: value.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_environment_variable_may_name_its_function() {
        let of = |function: Option<&str>, name: &str, value: &str| Environment {
            function: function.map(Into::into),
            name: name.into(),
            value: value.into(),
        };
        assert_eq!(environment("A=b=c"), Ok(of(None, "A", "b=c")));
        assert_eq!(environment("check-price:URL=http://x:1/"), Ok(of(Some("check-price"), "URL", "http://x:1/")));
        assert!(environment("A").is_err());
        assert!(environment("=x").is_err());
    }
}
