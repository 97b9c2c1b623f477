use batch::read_numbers;

use super::*;

fn sample() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/functions/combine-parts.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn run(payload: Value) -> Result<Value, Error> {
    handle(support::read(payload).unwrap()).map(|report| serde_json::to_value(report).unwrap())
}

#[test]
fn the_sample_is_what_the_numbers_together_make() {
    let payload = sample();
    let parts: Vec<Part> = serde_json::from_value(payload["input"]["parts"].clone()).unwrap();
    let all: Vec<String> = parts.iter().map(|part| part.numbers.clone()).collect();
    let whole = Totals::of(&read_numbers(&all.join(",")).unwrap());

    let report = run(payload).unwrap();
    assert_eq!(report["status"], "completed");
    assert_eq!(report["mode"], "containers");
    assert_eq!(report["message"], format!("The batch demo-1 is complete: 12 numbers with the sum {}.", whole.sum));
    assert_eq!(report["result"]["totals"], serde_json::to_value(whole).unwrap());
    let totals = json!({"count": 4, "sum": "15.425", "min": "0.1", "max": "8.125"});
    let second = json!({"status": "succeeded", "part": "2", "totals": totals});
    assert_eq!(report["result"]["parts"][1], second);
}

#[test]
fn a_failed_part_is_named_with_its_reason_and_makes_no_total() {
    let mut payload = sample();
    let task = json!({"StoppedReason": "Essential container in task exited", "Containers": [{"ExitCode": 1}]});
    payload["input"]["results"][1] =
        json!({"part": "2", "status": "failed", "error": {"Error": "States.TaskFailed", "Cause": task.to_string()}});
    let report = run(payload).unwrap();
    assert_eq!(report["status"], "failed");
    assert_eq!(
        report["message"],
        "1 of 3 parts of the batch demo-1 failed: part 2: its container ended with exit status 1 (Essential container in \
         task exited)."
    );
    assert!(report["result"].get("totals").is_none());
    assert_eq!(report["result"]["parts"][0]["status"], "succeeded");
    assert_eq!(report["result"]["parts"][1]["error"], "States.TaskFailed");
}

#[test]
fn when_every_part_failed_every_part_is_named() {
    let mut payload = sample();
    for (at, part) in ["1", "2", "3"].into_iter().enumerate() {
        payload["input"]["results"][at] =
            json!({"part": part, "status": "failed", "error": {"Error": "States.Timeout"}});
    }
    let report = run(payload).unwrap();
    assert_eq!(
        report["message"],
        "3 of 3 parts of the batch demo-1 failed: part 1: States.Timeout; part 2: States.Timeout; part 3: States.Timeout."
    );
}

#[test]
fn a_result_that_is_not_the_parts_own_is_not_added_up() {
    for (pointer, value) in [
        ("/input/results/0/result/part", json!("2")),
        ("/input/results/0/part", json!("3")),
        ("/input/results/0/result/batch_id", json!("demo-2")),
        ("/input/results/0/result/execution", json!("another")),
        ("/input/results/0/result/checksum", json!("00")),
        ("/input/results/0/result", json!(null)),
        ("/input/results/0/result/totals/count", json!(400)),
        ("/execution/name", json!("another")),
    ] {
        let mut payload = sample();
        *payload.pointer_mut(pointer).unwrap() = value;
        let error = run(payload).unwrap_err();
        assert_eq!(error.name(), "InconsistentResults");
        assert!(error.to_string().starts_with("The result of part 1 of the batch demo-1 is not its own: "), "{error}");
    }
    let mut payload = sample();
    payload["input"]["results"].as_array_mut().unwrap().pop();
    assert_eq!(run(payload).unwrap_err().to_string(), "The batch demo-1 has 3 parts and 2 results.");

    let mut payload = sample();
    for at in 0..2 {
        payload["input"]["results"][at]["result"]["totals"]["sum"] = json!("79228162514264337593543950335");
    }
    assert!(matches!(run(payload).unwrap_err(), Error::Part { part, .. } if part == "2"));
}

#[test]
fn what_is_no_result_is_refused_by_its_place() {
    for (pointer, value) in [
        ("/input/results", json!({})),
        ("/input/results/0/result", json!({})),
        ("/input/results/0/result/totals/sum", json!("much")),
        ("/input/results/0", json!({"part": "1", "error": "States.Timeout"})),
        ("/input/batch_id", json!("a b")),
    ] {
        let mut payload = sample();
        *payload.pointer_mut(pointer).unwrap() = value;
        assert!(support::read::<Input>(payload).is_err(), "{pointer}");
    }
}
