//! Class `sync-result`: the reply of `StartSyncExecution`.

use serde_json::{Map, Value};

use crate::case::Case;
use crate::compare::Matcher;
use crate::driver::Subject;
use crate::engine_history::result;
use crate::normalise::parse_strings;
use crate::report::{Failure, Verdict, difference};
use crate::script::Script;
use crate::text_diff;

/// The members of the reply that the engine decides; the others are the API's.
const MEMBERS: [&str; 4] = ["status", "output", "error", "cause"];

/// Runs each synchronous execution and compares how it ended.
pub(crate) fn replay(case: &Case) -> Verdict {
    if case.flags.needs_services.iter().any(|service| service != "none") {
        return Verdict::Skipped("the outcomes of its tasks are not recorded".to_owned());
    }
    let synchronous = case.executions.iter().enumerate().filter(|(_, start)| start.op == "StartSyncExecution");
    let replies = case.expected.iter().filter(|(key, _)| key.starts_with("start_execution_sync_response"));
    let pairs: Vec<_> = synchronous.zip(replies).collect();
    if pairs.is_empty() {
        return Verdict::Skipped("no reply is recorded".to_owned());
    }
    for ((execution, _), (_, reply)) in pairs {
        if let Err(failure) = replay_one(case, execution, reply) {
            return Verdict::Failed(failure);
        }
    }
    Verdict::Passed(None)
}

fn replay_one(case: &Case, execution: usize, reply: &Value) -> Result<(), Failure> {
    let run = Subject::new(case, execution, None)?.run(Script::of(&[], 0))?;
    let actual = parse_strings(result(&run)?.into());
    let expected: Map<String, Value> =
        MEMBERS.into_iter().filter_map(|member| Some((member.to_owned(), reply.get(member)?.clone()))).collect();
    let mut matcher = Matcher::new(&case.tokens);
    let expected = Value::from(expected);
    if matcher.matches(&expected, &actual) {
        return Ok(());
    }
    let reason = matcher.difference().map_or_else(String::new, difference);
    Err(Failure { reason, detail: text_diff::values(&mut Matcher::new(&case.tokens), &expected, &actual) })
}
