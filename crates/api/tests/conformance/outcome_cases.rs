//! Class `outcome-cases`: many executions in one case, of which only the outputs are recorded.

use serde_json::{Value, json};

use crate::case::Case;
use crate::compare::Matcher;
use crate::normalise::parse_strings;
use crate::report::{Failure, difference};
use crate::world::World;

/// Compares what the executions that were started have come to with what was recorded; tells how many there were.
pub(crate) async fn compare(case: &Case, world: &World, started: &[String]) -> Result<usize, Failure> {
    let recorded =
        case.expected.get("cases").and_then(Value::as_array).ok_or_else(|| "no outputs are recorded".to_owned())?;
    if recorded.len() != started.len() {
        return Err(format!("{} outputs are recorded of {} executions", recorded.len(), started.len()).into());
    }
    let mut failures = Vec::new();
    for (index, (execution, recorded)) in started.iter().zip(recorded).enumerate() {
        let request = json!({"executionArn": execution, "reverseOrder": true, "maxResults": 1});
        let reply = world.call("GetExecutionHistory", &request).await;
        let end = &reply.body["events"][0]["executionSucceededEventDetails"];
        let actual = parse_strings(json!({"output": end["output"]}));
        let mut matcher = Matcher::new(&case.tokens);
        if !matcher.matches(&json!({"output": recorded["output"]}), &actual) {
            let found = matcher.difference().map_or_else(String::new, difference);
            failures.push(format!("cases[{index}] input {}: {found}; {}", recorded["input"], reply.body));
        }
    }
    match failures.first() {
        None => Ok(recorded.len()),
        Some(first) => {
            let reason = format!("{} of {} outputs differ; {first}", failures.len(), recorded.len());
            Err(Failure { reason, detail: failures.join("\n") })
        }
    }
}
