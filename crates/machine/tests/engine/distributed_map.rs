//! Distributed Map states.

use machine::{Counts, ErrorCause, Input, MapRunStatus, Outcome};
use serde_json::{Value, json};

use crate::door::{Reply, Script, check, map_runs};

/// A distributed Map with these fields, whose children run that.
fn map(fields: &Value, processor: &Value) -> Value {
    let mut processor = processor.clone();
    processor["ProcessorConfig"] = json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"});
    let mut state = json!({"Type": "Map", "Label": "Each", "ItemProcessor": processor, "Next": "Done"});
    state.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
    json!({"StartAt": "M", "States": {"M": state, "Done": {"Type": "Succeed"}}})
}

fn in_jsonata(mut definition: Value) -> Value {
    definition["QueryLanguage"] = json!("JSONata");
    definition
}

fn pass() -> Value {
    json!({"StartAt": "Same", "States": {"Same": {"Type": "Pass", "End": true}}})
}

fn work() -> Value {
    json!({"StartAt": "Work", "States": {"Work": {"Type": "Task",
        "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": true}}})
}

fn fails() -> Reply {
    Reply::Failure("Broken", "by itself")
}

fn succeeds(value: &Value) -> Reply {
    Reply::Success(value.clone())
}

fn reader(config: &Value, key: &str) -> Value {
    json!({"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config,
        "Parameters": {"Bucket": "in", "Key": key}})
}

#[test]
fn each_item_has_an_execution_of_its_own() {
    let fields = json!({"ItemsPath": "$.orders", "ResultPath": "$.done",
        "ItemSelector": {"index.$": "$$.Map.Item.Index", "order.$": "$$.Map.Item.Value",
            "from.$": "$$.Map.Item.Source", "who.$": "$.who"}});
    insta::assert_snapshot!(check(&map(&fields, &pass()), &json!({"who": "ana", "orders": ["a", "b"]}), Script::new()));
}

#[test]
fn each_item_has_an_execution_of_its_own_in_jsonata() {
    let fields = json!({"Items": "{% $states.input.orders %}", "MaxConcurrency": "{% 1 %}",
        "ItemSelector": {"order": "{% $states.context.Map.Item.Value %}", "who": "{% $states.input.who %}"},
        "ItemBatcher": {"MaxItemsPerBatch": "{% 1 + 1 %}", "BatchInput": {"all": "{% $count($states.input.orders) %}"}},
        "ToleratedFailureCount": "{% 1 %}", "Output": "{% $count($states.result) %}"});
    let input = json!({"who": "ana", "orders": ["a", "b", "c"]});
    insta::assert_snapshot!(check(&in_jsonata(map(&fields, &pass())), &input, Script::new()));
}

#[test]
fn a_child_sees_itself_in_the_context() {
    let processor = json!({"StartAt": "Look", "States": {"Look": {"Type": "Pass", "Parameters": {
        "execution.$": "$$.Execution.Id", "name.$": "$$.Execution.Name", "input.$": "$$.Execution.Input",
        "machine.$": "$$.StateMachine"}, "End": true}}});
    insta::assert_snapshot!(check(&map(&json!({}), &processor), &json!([1]), Script::new()));
}

#[test]
fn the_members_of_an_object_are_items() {
    let fields = json!({"ItemSelector": {"key.$": "$$.Map.Item.Key", "value.$": "$$.Map.Item.Value"}});
    insta::assert_snapshot!(check(&map(&fields, &pass()), &json!({"b": 1, "a": [2]}), Script::new()));
}

#[test]
fn no_items_make_an_empty_result() {
    insta::assert_snapshot!(check(&map(&json!({}), &pass()), &json!([]), Script::new()));
}

#[test]
fn no_more_children_run_than_max_concurrency_allows() {
    let slow = |seconds| Reply::After(seconds, Box::new(Reply::Success(json!(seconds))));
    let script = Script::new().on("Work", slow(5)).on("Work", slow(1)).on("Work", slow(2));
    insta::assert_snapshot!(check(&map(&json!({"MaxConcurrency": 2}), &work()), &json!([1, 2, 3]), script));
}

#[test]
fn one_failure_is_more_than_nothing() {
    let script = Script::new().on("Work", Reply::Silence).on("Work", fails());
    let fields = json!({"MaxConcurrency": 2, "Catch": [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"],
        "ResultPath": "$.error", "Next": "Done"}], "ItemsPath": "$.items"});
    insta::assert_snapshot!(check(&map(&fields, &work()), &json!({"items": [1, 2, 3]}), script));
}

#[test]
fn a_retry_is_another_map_run() {
    let fields = json!({"Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}]});
    let script = Script::new().on("Work", fails()).on("Work", succeeds(&json!("fine")));
    insta::assert_snapshot!(check(&map(&fields, &work()), &json!(["only"]), script));
}

#[test]
fn tolerated_failures_are_shown_whole() {
    let script = Script::new().on("Work", succeeds(&json!("a"))).on("Work", fails()).on("Work", succeeds(&json!("c")));
    let fields = json!({"ToleratedFailureCount": 1, "MaxConcurrency": 1});
    insta::assert_snapshot!(check(&map(&fields, &work()), &json!([1, 2, 3]), script));
}

#[test]
fn the_percentage_counts_items_and_not_batches() {
    let fields = |percentage: u32| json!({"ToleratedFailurePercentage": percentage, "MaxConcurrency": 1, "ItemBatcher": {"MaxItemsPerBatch": 3}});
    let script = || Script::new().on("Work", fails()).on("Work", succeeds(&json!("rest")));
    let status = |percentage| {
        let runs = map_runs(&map(&fields(percentage), &work()), &json!([1, 2, 3, 4]), script());
        (runs[0].status, runs[0].item_counts.failed, runs[0].execution_counts.failed)
    };
    assert_eq!(status(74), (MapRunStatus::Failed, 3, 1));
    assert_eq!(status(75), (MapRunStatus::Succeeded, 3, 1));
}

#[test]
fn a_batch_has_no_more_bytes_than_allowed() {
    // {"BatchInput":{"a":1},"Items":["aaaa","bbbb"]} has 46 bytes.
    let fields = json!({"ItemBatcher": {"MaxInputBytesPerBatch": 46, "BatchInput": {"a": 1}}});
    let input = json!(["aaaa", "bbbb", "an item that is too long for any batch", "cccc", "dddd", "eeee"]);
    insta::assert_snapshot!(check(&map(&fields, &pass()), &input, Script::new()));
}

#[test]
fn a_map_without_a_label_has_one_of_its_own() {
    let mut definition = map(&json!({}), &pass());
    definition["States"]["M"].as_object_mut().expect("an object").remove("Label");
    let name = |definition: &Value| {
        let runs = map_runs(definition, &json!([1]), Script::new());
        runs[0].state_machine_arn.rsplit_once('/').expect("a label").1.to_owned()
    };
    let label = name(&definition);
    assert_eq!(label.len(), 36);
    assert_eq!(name(&definition), label, "the same in every execution");
    definition["States"]["Other"] = definition["States"].as_object_mut().expect("an object").remove("M").expect("it");
    definition["StartAt"] = json!("Other");
    assert_ne!(name(&definition), label, "another for another state");
}

#[test]
fn maps_may_be_nested() {
    let mut inner = map(&json!({"Label": "Inner", "End": true}), &pass())["States"]["M"].clone();
    inner.as_object_mut().expect("an object").remove("Next");
    let processor = json!({"StartAt": "N", "States": {"N": inner}});
    insta::assert_snapshot!(check(&map(&json!({"Label": "Outer"}), &processor), &json!([[1, 2], []]), Script::new()));
}

#[test]
fn a_file_is_read() {
    let fields = json!({"ItemReader": reader(&json!({"InputType": "CSV", "CSVHeaderLocation": "GIVEN",
        "CSVHeaders": ["id", "name"], "CSVDelimiter": "PIPE", "MaxItemsPath": "$.most"}), "people.csv")});
    let script = Script::new().object("in/people.csv", "1|ana\n2|ben\n3|eva\n");
    insta::assert_snapshot!(check(&map(&fields, &pass()), &json!({"most": 2}), script));
}

#[test]
fn a_file_is_read_in_jsonata() {
    let fields = json!({"ItemReader": {"Resource": "arn:aws:states:::s3:getObject",
        "Arguments": {"Bucket": "in", "Key": "{% $states.input.key %}"},
        "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% 1 %}", "ItemsPointer": "{% '/all/items' %}"}}});
    let script = Script::new().object("in/orders.json", r#"{"all": {"items": [{"id": 1}, {"id": 2}]}}"#);
    insta::assert_snapshot!(check(&in_jsonata(map(&fields, &pass())), &json!({"key": "orders.json"}), script));
}

#[test]
fn listed_files_are_items_or_hold_them() {
    let list = |config: &Value| {
        map(
            &json!({"ItemReader": {"Resource": "arn:aws:states:::s3:listObjectsV2", "ReaderConfig": config,
                "Parameters": {"Bucket": "in", "Prefix": "day/"}},
                "ItemSelector": {"item.$": "$$.Map.Item.Value", "from.$": "$$.Map.Item.Source"}}),
            &pass(),
        )
    };
    let script =
        || Script::new().object("in/day/1", "{\"a\": 1}\n{\"a\": 2}").object("in/day/2", "3").object("in/no", "4");
    let objects = check(&list(&json!({"MaxItems": 5})), &json!({}), script());
    let config = json!({"InputType": "JSONL", "Transformation": "LOAD_AND_FLATTEN", "MaxItems": 5});
    let lines = check(&list(&config), &json!({}), script());
    insta::assert_snapshot!(format!("{objects}\n{lines}"));
}

#[test]
fn an_inventory_leads_to_its_lists() {
    let fields = json!({"ItemReader": reader(&json!({"InputType": "MANIFEST"}), "manifest.json")});
    let manifest = r#"{"destinationBucket": "arn:aws:s3:::lists", "fileFormat": "CSV", "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "a.csv"}, {"key": "b.csv"}]}"#;
    let script = Script::new()
        .object("in/manifest.json", manifest)
        .object("lists/a.csv", "\"data\",\"one.txt\",\"1\"\n")
        .object("lists/b.csv", "\"data\",\"two.txt\",\"2\"\n");
    insta::assert_snapshot!(check(&map(&fields, &pass()), &json!({}), script));
}

#[test]
fn what_can_not_be_read_fails_the_map_run() {
    let of = |config: &Value, body: &'static str| {
        let fields = json!({"ItemReader": reader(config, "file")});
        check(&map(&fields, &pass()), &json!({}), Script::new().object("in/file", body))
    };
    let histories = [
        of(&json!({"InputType": "JSON"}), "5"),
        of(&json!({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}), "a,a\n1,2\n"),
        of(&json!({"InputType": "PARQUET"}), ""),
    ];
    insta::assert_snapshot!(histories.join("\n"));
}

fn writer(config: Option<&Value>, bucket: &str) -> Value {
    let mut writer =
        json!({"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": bucket, "Prefix": "runs"}});
    if let Some(config) = config {
        writer["WriterConfig"] = config.clone();
    }
    json!({"ResultWriter": writer, "ToleratedFailureCount": 1, "MaxConcurrency": 1})
}

fn mixed() -> Script {
    Script::new().on("Work", succeeds(&json!([1, 2]))).on("Work", fails()).on("Work", succeeds(&json!("c")))
}

#[test]
fn results_are_written_before_the_map_run_ends() {
    insta::assert_snapshot!(check(&map(&writer(None, "out"), &work()), &json!(["x", "y", "z"]), mixed()));
}

#[test]
fn results_are_written_flat_and_in_lines() {
    let config = json!({"Transformation": "FLATTEN", "OutputType": "JSONL"});
    insta::assert_snapshot!(check(&map(&writer(Some(&config), "out"), &work()), &json!(["x", "y", "z"]), mixed()));
}

#[test]
fn what_was_not_started_is_written_as_pending() {
    let script = Script::new().on("Work", fails()).on("Work", fails());
    insta::assert_snapshot!(check(&map(&writer(None, "out"), &work()), &json!(["x", "y", "z"]), script));
}

#[test]
fn results_that_can_not_be_written_fail_the_map_run() {
    insta::assert_snapshot!(check(&map(&writer(None, "broken"), &work()), &json!(["x", "y", "z"]), mixed()));
}

#[test]
fn the_output_may_be_flat_without_being_written() {
    let fields = json!({"ResultWriter": {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}});
    insta::assert_snapshot!(check(&map(&fields, &pass()), &json!([[1, 2], 3, []]), Script::new()));
}

#[test]
fn a_map_run_ends_with_the_branch_around_it() {
    let mut inner = map(&json!({"End": true}), &work())["States"]["M"].clone();
    inner.as_object_mut().expect("an object").remove("Next");
    let inner = json!({"StartAt": "M", "States": {"M": inner}});
    let definition = json!({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
        inner, {"StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "No"}}}]}}});
    let script = Script::new().on("Work", Reply::Silence);
    insta::assert_snapshot!(check(&definition, &json!([1]), script));
}

#[test]
fn stopping_an_execution_stops_its_children() {
    let script = || Script::new().on("Work", Reply::Silence).on("Work", Reply::Silence).stop_after(7);
    let definition = map(&json!({"MaxConcurrency": 2}), &work());
    insta::assert_snapshot!(check(&definition, &json!([1, 2, 3]), script()));
    let runs = map_runs(&definition, &json!([1, 2, 3]), script());
    let counts = Counts { pending: 1, aborted: 2, total: 3, ..Counts::default() };
    assert_eq!((runs[0].status, runs[0].item_counts), (MapRunStatus::Aborted, counts));
}

#[test]
fn a_map_run_can_be_changed_while_it_goes_on() {
    let update = |max_concurrency, tolerated_failure_count| Input::UpdateMapRun {
        map_run: 4,
        max_concurrency,
        tolerated_failure_count,
        tolerated_failure_percentage: None,
    };
    let slow = |seconds, reply| Reply::After(seconds, Box::new(reply));
    let script = Script::new()
        .on("Work", slow(10, fails()))
        .on("Work", slow(1, succeeds(&json!(2))))
        .on("Work", slow(1, succeeds(&json!(3))))
        .then(2, update(Some(3), None))
        .then(3, update(None, Some(1)));
    insta::assert_snapshot!(check(&map(&json!({"MaxConcurrency": 1}), &work()), &json!([1, 2, 3]), script));
}

#[test]
fn ten_thousand_children_are_started_turn_by_turn() {
    let items: Vec<u32> = (0..10_000).collect();
    let runs = map_runs(&map(&json!({}), &pass()), &json!(items), Script::new());
    let done = Counts { succeeded: 10_000, total: 10_000, results_written: 10_000, ..Counts::default() };
    assert_eq!((runs[0].item_counts, runs[0].execution_counts), (done, done));
}

fn failed() -> Outcome {
    Outcome::Failed(ErrorCause { error: Some("Bad".into()), cause: Some("again".into()) })
}

#[test]
fn a_redrive_goes_on_with_the_children_that_did_not_succeed() {
    let script = || {
        Script::new()
            .on("Work", succeeds(&json!("a")))
            .on("Work", fails())
            .on("Work", Reply::Silence)
            .redrive_after(60)
            .redriven(Outcome::Succeeded(json!("b").into()))
            .redriven(Outcome::Succeeded(json!("c").into()))
            .on("Work", succeeds(&json!("d")))
    };
    let definition = map(&json!({"MaxConcurrency": 2}), &work());
    insta::assert_snapshot!(check(&definition, &json!([1, 2, 3, 4]), script()));
    let run = map_runs(&definition, &json!([1, 2, 3, 4]), script()).remove(0);
    let counts = Counts { succeeded: 4, total: 4, results_written: 4, ..Counts::default() };
    assert_eq!((run.status, run.redrive_count, run.item_counts), (MapRunStatus::Succeeded, 1, counts));
}

#[test]
fn a_redrive_may_fail_again_and_be_redriven_again() {
    let script = Script::new()
        .on("Work", fails())
        .redrive_after(60)
        .redriven(failed())
        .redrive_after(120)
        .redriven(Outcome::Succeeded(json!("a").into()));
    let definition = map(&json!({"ResultWriter": writer(None, "out")["ResultWriter"]}), &work());
    insta::assert_snapshot!(check(&definition, &json!([1]), script));
}

#[test]
fn express_children_are_started_anew() {
    let mut definition = map(&json!({}), &work());
    definition["States"]["M"]["ItemProcessor"]["ProcessorConfig"]["ExecutionType"] = json!("EXPRESS");
    let script = Script::new().on("Work", fails()).redrive_after(60).on("Work", succeeds(&json!("a")));
    insta::assert_snapshot!(check(&definition, &json!([1]), script));
}

#[test]
fn a_map_run_that_could_not_be_read_or_that_a_branch_gave_up_is_redriven() {
    let mut inner = map(&json!({"End": true}), &work())["States"]["M"].clone();
    inner.as_object_mut().expect("an object").remove("Next");
    let inner = json!({"StartAt": "M", "States": {"M": inner}});
    let definition = json!({"StartAt": "Both", "States": {"Both": {"Type": "Parallel", "End": true, "Branches": [
        inner, {"StartAt": "Bad", "States": {"Bad": {
            "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:bad", "End": true}}}]}}});
    let script = Script::new()
        .on("Work", Reply::Silence)
        .on("Bad", fails())
        .redrive_after(60)
        .redriven(Outcome::Succeeded(json!("a").into()))
        .on("Bad", succeeds(&json!("good")));
    insta::assert_snapshot!(check(&definition, &json!([1]), script));
    // Nothing was read: another map run takes its place.
    let reader = json!({"ItemReader": reader(&json!({"InputType": "JSON"}), "missing")});
    let script = Script::new().redrive_after(60);
    insta::assert_snapshot!(check(&map(&reader, &pass()), &json!({}), script));
}

#[test]
fn a_stopped_execution_goes_on_where_it_was_stopped() {
    let script = Script::new()
        .on("Work", Reply::Silence)
        .stop_after(7)
        .redrive_after(60)
        .redriven(Outcome::Succeeded(json!("a").into()))
        .on("Work", succeeds(&json!("b")));
    insta::assert_snapshot!(check(&map(&json!({"MaxConcurrency": 1}), &work()), &json!([1, 2]), script));
}

#[test]
fn what_there_is_of_the_results_is_written_when_a_map_run_is_given_up() {
    let definition = map(&writer(None, "out"), &work());
    let script = Script::new().on("Work", succeeds(&json!("a"))).on("Work", Reply::Silence).stop_after(7);
    let history = check(&definition, &json!([1, 2, 3]), script);
    let keys: Vec<&str> = history
        .lines()
        .skip_while(|line| !line.starts_with("= ABORTED"))
        .filter_map(|line| line.trim().strip_prefix("! put ")?.split(": ").next()?.rsplit('/').next())
        .collect();
    assert_eq!(keys, ["FAILED_0.json", "PENDING_0.json", "SUCCEEDED_0.json", "manifest.json"], "{history}");
}

/// Found by random inputs: the iteration that could not be started was nobody's, and the execution waited for nothing.
#[test]
fn a_map_whose_items_could_not_be_selected_is_redriven() {
    let definition = json!({"StartAt": "Map", "States": {"Map": {"Type": "Map", "ItemSelector": {"a.$": "$.missing"},
        "ItemProcessor": {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}, "End": true}}});
    let history = check(&definition, &json!([1]), Script::new().redrive_after(60));
    let end = history.lines().filter(|line| line.contains("MapStateStarted") || line.starts_with("= ")).count();
    assert_eq!(end, 4, "it fails twice:\n{history}");
}
