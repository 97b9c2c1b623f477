use domain::text;
use serde::Deserialize;

/// The longest reason, in characters: a message holds one for every part.
const LONGEST: usize = 300;
/// Exit statuses above this one tell of a signal, as a shell has it.
const SIGNALS: i64 = 128;

/// What a catcher hands on.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Caught {
    /// The error's name.
    #[serde(rename = "Error")]
    pub error: String,
    /// Its cause: for a container that failed, the ECS task as JSON text.
    #[serde(rename = "Cause", default)]
    pub cause: String,
}

/// As much of an ECS task as tells why it stopped.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Task {
    stopped_reason: Option<String>,
    #[serde(default)]
    containers: Vec<Container>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Container {
    exit_code: Option<i64>,
    reason: Option<String>,
}

/// Why a part has no result, for a person, on one line and without a full stop at its end.
pub fn reason(caught: &Caught) -> String {
    let sentence = match serde_json::from_str(&caught.cause) {
        Ok(Task { stopped_reason: Some(stopped), containers }) => of_task(&stopped, &containers),
        _ if caught.cause.is_empty() => caught.error.clone(),
        _ => format!("{}: {}", caught.error, caught.cause),
    };
    text::one_line(&sentence, LONGEST).trim_end_matches('.').to_owned()
}

fn of_task(stopped: &str, containers: &[Container]) -> String {
    let failed = containers.iter().find(|container| container.exit_code != Some(0));
    let (code, detail) = failed.map_or((None, None), |container| (container.exit_code, container.reason.as_deref()));
    let end = match code {
        Some(code) if code > SIGNALS => format!("its container was killed by signal {}", code - SIGNALS),
        Some(code) => format!("its container ended with exit status {code}"),
        None => "its container did not run".to_owned(),
    };
    let detail = detail.map(|detail| format!(", {detail}")).unwrap_or_default();
    format!("{end} ({stopped}{detail})")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn why(error: &str, cause: &Value) -> String {
        let cause = cause.as_str().map_or_else(|| cause.to_string(), str::to_owned);
        reason(&Caught { error: error.to_owned(), cause })
    }

    #[test]
    fn a_container_that_failed_says_how_it_ended() {
        let exited = |code: i64| json!({"StoppedReason": "Essential container in task exited", "Containers": [{"ExitCode": 0}, {"ExitCode": code}]});
        assert_eq!(
            why("States.TaskFailed", &exited(2)),
            "its container ended with exit status 2 (Essential container in task exited)"
        );
        assert_eq!(
            why("States.TaskFailed", &exited(134)),
            "its container was killed by signal 6 (Essential container in task exited)"
        );
    }

    #[test]
    fn a_container_that_never_ran_has_no_exit_status() {
        let task = json!({
            "StoppedReason": "CannotPullContainerError: no such image",
            "Containers": [{"LastStatus": "STOPPED"}],
        });
        assert_eq!(
            why("States.TaskFailed", &task),
            "its container did not run (CannotPullContainerError: no such image)"
        );
        let task = json!({
            "StoppedReason": "Essential container in task exited",
            "Containers": [{"ExitCode": 137, "Reason": "OutOfMemoryError: container killed"}],
        });
        assert_eq!(
            why("States.TaskFailed", &task),
            "its container was killed by signal 9 (Essential container in task exited, OutOfMemoryError: container killed)"
        );
    }

    #[test]
    fn any_other_cause_is_told_as_it_is_on_one_line() {
        assert_eq!(why("States.Timeout", &json!("")), "States.Timeout");
        assert_eq!(why("S3.NoSuchKeyException", &json!("It is not\nthere.")), "S3.NoSuchKeyException: It is not there");
        for odd in ["{}", "[]", "null", "{\"StoppedReason\": 1}"] {
            assert_eq!(why("X", &json!(odd)), format!("X: {odd}"));
        }
        assert_eq!(why("X", &json!("y".repeat(100_000))).chars().count(), LONGEST);
    }
}
