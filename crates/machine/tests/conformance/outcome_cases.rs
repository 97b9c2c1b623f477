//! Class `outcome-cases`: many executions in one case, of which only the outputs are recorded.

use serde_json::{Value, json};

use crate::case::Case;
use crate::compare::Matcher;
use crate::driver::Subject;
use crate::engine_history::result;
use crate::normalise::parse_strings;
use crate::report::{Failure, Verdict, difference};
use crate::script::Script;

/// Runs each execution and compares its output.
pub(crate) fn replay(case: &Case) -> Verdict {
    let Some(recorded) = case.expected.get("cases").and_then(Value::as_array) else {
        return Verdict::Skipped("no outputs are recorded".to_owned());
    };
    if recorded.len() != case.executions.len() {
        let (outputs, executions) = (recorded.len(), case.executions.len());
        return Verdict::Skipped(format!("{outputs} outputs are recorded of {executions} executions"));
    }
    let mut failures = Vec::new();
    for (index, recorded) in recorded.iter().enumerate() {
        if let Err(failure) = replay_one(case, index, recorded) {
            failures.push(format!("cases[{index}] input {}: {}", recorded["input"], failure.reason));
        }
    }
    match failures.first() {
        None => Verdict::Passed(None),
        Some(first) => {
            let reason = format!("{} of {} outputs differ; {first}", failures.len(), recorded.len());
            Verdict::Failed(Failure { reason, detail: failures.join("\n") })
        }
    }
}

fn replay_one(case: &Case, execution: usize, recorded: &Value) -> Result<(), Failure> {
    let run = Subject::new(case, execution, None)?.run(Script::of(&[], 0))?;
    let result = result(&run)?;
    let actual = match result.get("output") {
        Some(output) => parse_strings(json!({"output": output})),
        None => return Err(format!("the execution ended as {}", Value::from(result)).into()),
    };
    let mut matcher = Matcher::new(&case.tokens);
    if matcher.matches(&json!({"output": recorded["output"]}), &actual) {
        return Ok(());
    }
    Err(matcher.difference().map_or_else(String::new, difference).into())
}
