use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use serde_json::{Value, json};

use super::*;

/// Answers one request with these bytes, and tells its first line.
fn server(answer: String) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap());
        let mut first = String::new();
        lines.read_line(&mut first).unwrap();
        let mut line = String::new();
        while lines.read_line(&mut line).unwrap() > 2 {
            line.clear();
        }
        // The reader may hang up before the end of an answer that is too long for it.
        let _ = stream.write_all(answer.as_bytes());
        first.trim().to_owned()
    });
    (address, thread)
}

fn settings(address: &str, timeout: Duration) -> Settings<'_> {
    Settings {
        variable: "THING_API_URL",
        address,
        timeout_variable: "THING_TIMEOUT_MS",
        timeout,
        placeholder: "{thing}",
        user_agent: "batuta-test",
    }
}

fn service(address: &str, timeout: Duration) -> JsonService {
    JsonService::new(settings(address, timeout)).unwrap()
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

async fn ask(answer: String, path: &str) -> (Result<Option<Value>, Outage>, String) {
    let (address, thread) = server(answer);
    let service = service(&format!("http://{address}{path}"), Duration::from_secs(10));
    let answer = service.ask("A.1").await;
    (answer, thread.join().unwrap())
}

#[tokio::test]
async fn what_is_asked_about_goes_where_the_address_wants_it() {
    let (answer, line) = ask(ok(r#"{"a": 1}"#), "/v1/{thing}/about?key=k").await;
    assert_eq!(line, "GET /v1/A.1/about?key=k HTTP/1.1");
    assert_eq!(answer, Ok(Some(json!({"a": 1}))));

    let (_, line) = ask(ok("{}"), "/about?key=k").await;
    assert_eq!(line, "GET /about?key=k&thing=A.1 HTTP/1.1");
}

#[tokio::test]
async fn a_404_is_nothing_known_and_every_other_status_an_outage() {
    let (answer, _) = ask("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".into(), "/").await;
    assert_eq!(answer, Ok(None));
    let (answer, _) = ask("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n".into(), "/").await;
    assert_eq!(answer.unwrap_err().to_string(), "asking 127.0.0.1: it answered 503 Service Unavailable");
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_an_outage() {
    for body in ["", "<html>", "{"] {
        let error = ask(ok(body), "/").await.0.unwrap_err();
        assert!(error.reason.starts_with("its answer can't be read: "), "{error}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    let (answer, _) = ask(ok(&" ".repeat(LONGEST + 1)), "/").await;
    assert_eq!(answer.unwrap_err().reason, "its answer is longer than 65536 bytes");
}

#[tokio::test]
async fn a_service_that_is_down_or_silent_is_an_outage_and_the_address_stays_secret() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let silent = service(&format!("http://{address}/?key=secret"), Duration::from_millis(50));
    let error = silent.ask::<Value>("A").await.unwrap_err();
    assert_eq!(error.to_string(), "asking 127.0.0.1: it did not answer in time");

    let mut request = String::new();
    BufReader::new(listener.accept().unwrap().0).read_line(&mut request).unwrap();
    assert!(request.starts_with("GET /?key=secret&thing=A "), "{request}");
    drop(listener);

    let down = service(&format!("http://{address}/?key=secret"), Duration::from_secs(10));
    let error = down.ask::<Value>("A").await.unwrap_err().to_string();
    assert!(error.starts_with("asking 127.0.0.1: ") && !error.contains("secret"), "{error}");
}

#[test]
fn a_setting_that_no_service_can_be_asked_with_is_refused() {
    for address in ["things.example.com", "ftp://things.example.com/{thing}", "http://", "file:///etc/passwd"] {
        let error = JsonService::new(settings(address, Duration::from_secs(1))).unwrap_err().to_string();
        assert!(error.starts_with(&format!("THING_API_URL is {address:?}: ")), "{error}");
    }
    let error = JsonService::new(settings("https://things.example.com/{thing}", Duration::ZERO)).unwrap_err();
    assert_eq!(error.to_string(), "THING_TIMEOUT_MS is 0: no service can answer in that");
}
