use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use super::*;

struct Nobody;

impl Enrichment for Nobody {
    async fn about(&self, _: &BatchId) -> Result<Option<Map<String, Value>>, Error> {
        Ok(None)
    }
}

fn sample() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/functions/prepare-batch.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn run(input: Value) -> Result<Value, (&'static str, String)> {
    let input = support::read(json!({"input": input})).map_err(|error| (error.name(), error.to_string()))?;
    let output = handle(input, 10, &Nobody).await.map_err(|error| (error.name(), error.to_string()))?;
    Ok(serde_json::to_value(output).unwrap())
}

async fn refusal(input: Value) -> (&'static str, String) {
    run(input).await.unwrap_err()
}

#[tokio::test]
async fn the_sample_goes_to_containers_in_three_parts() {
    let output = run(sample()["input"].clone()).await.unwrap();
    assert_eq!(output["conditions"]["use_containers"], true);
    assert_eq!(output["conditions"]["reason"], "12 numbers, containers from 10 on");
    let parts = output["parts"].as_array().unwrap();
    assert_eq!(parts.len(), PARTS);
    assert_eq!(parts[0]["numbers"], "1.5,2.25,-3,4");
    assert_eq!(parts[2]["part"], "3");
    assert_eq!(parts[2]["drill"], "");
    assert!(output.get("status").is_none(), "what is not done yet has no status");
    assert!(output.as_object().unwrap().contains_key("enrichment"), "the states that follow refer to it");
}

#[tokio::test]
async fn a_small_batch_is_reported_at_once_with_exact_sums() {
    let output = run(json!({"batch_id": "small", "numbers": ["0.1", 0.2, "-5"]})).await.unwrap();
    assert_eq!(output["conditions"]["use_containers"], false);
    assert_eq!(output["status"], "completed");
    assert_eq!(output["mode"], "direct");
    assert_eq!(output["message"], "The batch small is complete: 3 numbers with the sum -4.7.");
    let totals = json!({"count": 3, "sum": "-4.7", "min": "-5", "max": "0.2"});
    assert_eq!(output["result"], json!({"totals": totals, "enrichment": null}));
    assert!(output.get("parts").is_none());
}

#[tokio::test]
async fn the_size_decides_unless_the_input_does() {
    let numbers = |count: usize| vec![1; count];
    for (count, processing, containers) in
        [(9, "auto", false), (10, "auto", true), (3, "containers", true), (1000, "direct", false)]
    {
        let output = run(json!({"batch_id": "b", "numbers": numbers(count), "processing": processing})).await.unwrap();
        assert_eq!(output["conditions"]["use_containers"], containers, "{count} {processing}");
    }
}

#[tokio::test]
async fn what_is_no_batch_is_refused_by_its_reason() {
    for (input, message) in [
        (json!({"batch_id": "b", "numbers": []}), "The batch b has no numbers."),
        (
            json!({"batch_id": "b", "numbers": [1, 2], "processing": "containers"}),
            "The batch b has 2 of the 3 numbers that its containers need at least.",
        ),
        (
            json!({"batch_id": "b", "numbers": [1, "x"]}),
            "The input is not valid at input.numbers[1]: not a plain decimal number such as \"-1.25\".",
        ),
        (
            json!({"batch_id": "b", "numbers": [1], "drill": {"part": 1, "failure": "exit"}}),
            "The drill of the batch b is not possible: it is not processed by containers.",
        ),
        (
            json!({"batch_id": "b", "numbers": [1, 2, 3], "processing": "containers", "drill": {"part": 4, "failure": "exit"}}),
            "The drill of the batch b is not possible: there is no such part.",
        ),
    ] {
        assert_eq!(refusal(input).await, ("InvalidInput", message.to_owned()));
    }
    for input in [
        json!(null),
        json!([]),
        json!({}),
        json!({"batch_id": "b"}),
        json!({"batch_id": "../b", "numbers": [1]}),
        json!({"batch_id": 1, "numbers": [1]}),
        json!({"batch_id": "b", "numbers": "1,2"}),
        json!({"batch_id": "b", "numbers": [null]}),
        json!({"batch_id": "b", "numbers": [1], "processing": "magic"}),
        json!({"batch_id": "b", "numbers": [1], "drill": {"part": 1, "failure": "rm -rf"}}),
    ] {
        assert_eq!(refusal(input.clone()).await.0, "InvalidInput", "{input}");
    }
}

#[tokio::test]
async fn what_is_too_large_for_the_way_it_goes_is_refused() {
    let (name, message) = refusal(json!({"batch_id": "b", "numbers": vec![1; MOST_NUMBERS + 1]})).await;
    assert_eq!(
        (name, message.as_str()),
        ("BatchTooLarge", "The batch b is too large: 10001 numbers are more than 10000.")
    );

    let wide = vec!["123456789012.123456"; 1500];
    let (name, message) = refusal(json!({"batch_id": "b", "numbers": wide})).await;
    assert_eq!(name, "BatchTooLarge");
    assert!(message.contains("the numbers of part 1 are 9999 characters long"), "{message}");
    assert!(run(json!({"batch_id": "b", "numbers": wide, "processing": "direct"})).await.is_ok());
}

/// A service that answers one request with this document.
fn service(document: String) -> (HttpEnrichment, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/batches/{{batch_id}}", listener.local_addr().unwrap());
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
        let first = lines.next().unwrap();
        lines.find(String::is_empty);
        let length = document.len();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{document}");
        stream.write_all(answer.as_bytes()).unwrap();
        first
    });
    (HttpEnrichment::new(&address, Duration::from_secs(10)).unwrap(), thread)
}

#[tokio::test]
async fn what_a_service_knows_goes_on_with_the_batch() {
    let (source, thread) = service(r#"{"owner": "Ana Souza"}"#.to_owned());
    let input = support::read(json!({"input": {"batch_id": "small", "numbers": [1]}})).unwrap();
    let output = serde_json::to_value(handle(input, 10, &source).await.unwrap()).unwrap();
    assert_eq!(output["result"]["enrichment"], json!({"owner": "Ana Souza"}));
    assert_eq!(thread.join().unwrap(), "GET /batches/small HTTP/1.1");
}

#[tokio::test]
async fn a_service_that_answers_nonsense_is_a_fault_that_is_worth_a_retry() {
    for (document, reason) in [
        ("[1]".to_owned(), "its answer can't be read"),
        (format!(r#"{{"a": "{}"}}"#, "x".repeat(LONGEST_PART)), "its document is longer than 4096 bytes"),
    ] {
        let (source, thread) = service(document);
        let input = support::read(json!({"input": {"batch_id": "b", "numbers": [1]}})).unwrap();
        let error = handle(input, 10, &source).await.unwrap_err();
        assert_eq!(error.name(), "EnrichmentUnavailable");
        let message = error.to_string();
        assert!(message.contains("asking 127.0.0.1: ") && message.contains(reason), "{message}");
        thread.join().unwrap();
    }
}
