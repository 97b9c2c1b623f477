use std::time::Duration;

use domain::{Money, Quote, Symbol, text};
use reqwest::{Client, StatusCode, Url, redirect};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Number;

use crate::{Error, PriceSource};

/// The longest answer that is read, in bytes: a quote has a hundred.
const LONGEST: usize = 64 * 1024;
/// What stands for the symbol in `QUOTE_API_URL`.
const PLACEHOLDER: &str = "{symbol}";

/// A quote service over HTTP.
///
/// It is asked by `GET` on the configured address, in which `{symbol}` stands for the symbol; an address without it gets
/// the query parameter `symbol`. It answers 200 with `{"price": "187.42", "reference": "193.41"}` (numbers are taken too;
/// other members are ignored), 404 for a symbol that it does not list. Anything else is an outage.
#[derive(Debug)]
pub struct HttpSource {
    client: Client,
    address: String,
    host: String,
}

#[derive(Deserialize)]
struct Answer {
    price: Price,
    reference: Price,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Price {
    Text(Money),
    Number(Number),
}

impl Price {
    /// A number is taken as the shortest decimal that it prints as, to four places, so that 187.42 stays 187.42.
    fn money(self) -> Result<Money, String> {
        match self {
            Self::Text(money) => Ok(money),
            Self::Number(number) => {
                let text = number.to_string();
                let exact = text.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&text));
                exact
                    .map_err(|error| error.to_string())
                    .and_then(|value| Money::rounded(value).map_err(|error| error.to_string()))
            }
        }
    }
}

impl HttpSource {
    /// A source at `address` that waits at most `timeout` for a whole answer.
    ///
    /// Fails when the address is none, or when the machine's root certificates can't be read.
    pub fn new(address: &str, timeout: Duration) -> Result<Self, support::Error> {
        let example = address.replace(PLACEHOLDER, "A");
        let url = Url::parse(&example).map_err(|error| format!("QUOTE_API_URL is {address:?}: {error}"))?;
        let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https"));
        let host = host.ok_or_else(|| format!("QUOTE_API_URL is {address:?}: an http or https address is needed"))?;
        if timeout.is_zero() {
            return Err("QUOTE_TIMEOUT_MS is 0: no service can answer in that".into());
        }
        // Only this source needs TLS of its own, so only here is a provider chosen. Another one that was there first
        // does as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(timeout)
            .redirect(redirect::Policy::limited(3))
            .user_agent(concat!("batuta-check-price/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, host: text::one_line(host, 60), address: address.to_owned() })
    }

    fn url(&self, symbol: &Symbol) -> Result<Url, String> {
        let mut url = Url::parse(&self.address.replace(PLACEHOLDER, symbol.as_str())).map_err(|e| e.to_string())?;
        if !self.address.contains(PLACEHOLDER) {
            url.query_pairs_mut().append_pair("symbol", symbol.as_str());
        }
        Ok(url)
    }

    /// The service's answer, `None` when it does not list the symbol.
    async fn ask(&self, symbol: &Symbol) -> Result<Option<Answer>, String> {
        let mut answer = self.client.get(self.url(symbol)?).send().await.map_err(outage)?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            other => return Err(format!("it answered {other}")),
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(outage)? {
            if body.len() + chunk.len() > LONGEST {
                return Err(format!("its answer is longer than {LONGEST} bytes"));
            }
            body.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&body).map(Some).map_err(|error| format!("its answer can't be read: {error}"))
    }
}

/// What a person needs to know of an outage; the address stays out, as it may hold a key.
fn outage(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    let error = error.without_url();
    let cause = std::iter::successors(std::error::Error::source(&error), |error| error.source()).last();
    cause.map_or_else(|| error.to_string(), ToString::to_string)
}

impl PriceSource for HttpSource {
    async fn quote(&self, symbol: &Symbol) -> Result<Quote, Error> {
        let unavailable = |reason: String| Error::PriceSourceUnavailable {
            symbol: symbol.clone(),
            reason: format!("asking {}: {}", self.host, text::one_line(&reason, 200)),
        };
        let answer = self.ask(symbol).await.map_err(unavailable)?;
        let Answer { price, reference } = answer.ok_or_else(|| Error::UnknownSymbol(symbol.clone()))?;
        Ok(Quote {
            symbol: symbol.clone(),
            price: price.money().map_err(unavailable)?,
            reference: reference.money().map_err(unavailable)?,
            source: self.host.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{SocketAddr, TcpListener};
    use std::thread::{self, JoinHandle};

    use super::*;

    /// Answers one request with these bytes, and tells its first line.
    fn service(answer: String) -> (SocketAddr, JoinHandle<String>) {
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

    fn ok(body: &str) -> String {
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    }

    async fn ask(answer: String, path: &str) -> (Result<Quote, Error>, String) {
        let (address, thread) = service(answer);
        let source = HttpSource::new(&format!("http://{address}{path}"), Duration::from_secs(10)).unwrap();
        let quote = source.quote(&"BRK.B".parse().unwrap()).await;
        (quote, thread.join().unwrap())
    }

    fn reason(quote: Result<Quote, Error>) -> String {
        match quote {
            Err(Error::PriceSourceUnavailable { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_symbol_goes_where_the_address_wants_it() {
        let body = r#"{"price": "187.42", "reference": "193.41", "currency": "USD"}"#;
        let (quote, line) = ask(ok(body), "/v1/{symbol}/quote?key=k").await;
        assert_eq!(line, "GET /v1/BRK.B/quote?key=k HTTP/1.1");
        let quote = quote.unwrap();
        assert_eq!((quote.price.to_string().as_str(), quote.reference.to_string().as_str()), ("187.42", "193.41"));
        assert_eq!(quote.source, "127.0.0.1");

        let (_, line) = ask(ok(body), "/quote?key=k").await;
        assert_eq!(line, "GET /quote?key=k&symbol=BRK.B HTTP/1.1");
    }

    #[tokio::test]
    async fn a_number_keeps_the_digits_that_it_was_written_with() {
        for (number, money) in [("187.42", "187.42"), ("0.1", "0.10"), ("187", "187.00"), ("1.5e2", "150.00")] {
            let body = format!(r#"{{"price": {number}, "reference": "1"}}"#);
            assert_eq!(ask(ok(&body), "/").await.0.unwrap().price.to_string(), money, "{number}");
        }
    }

    #[tokio::test]
    async fn a_404_is_an_unknown_symbol_and_every_other_status_an_outage() {
        let (quote, _) = ask("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".into(), "/").await;
        assert_eq!(quote, Err(Error::UnknownSymbol("BRK.B".parse().unwrap())));
        let (quote, _) = ask("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n".into(), "/").await;
        assert_eq!(reason(quote), "asking 127.0.0.1: it answered 503 Service Unavailable");
    }

    #[tokio::test]
    async fn an_answer_that_is_no_quote_is_an_outage() {
        for body in ["", "<html>", "[]", "{}", r#"{"price": "x", "reference": "1"}"#, r#"{"price": 1}"#] {
            assert!(reason(ask(ok(body), "/").await.0).contains("its answer can't be read"), "{body}");
        }
        let negative = ask(ok(r#"{"price": -1, "reference": 1}"#), "/").await.0;
        assert_eq!(reason(negative), "asking 127.0.0.1: an amount of money is never negative");
        let huge = ask(ok(r#"{"price": 1e300, "reference": 1}"#), "/").await.0;
        assert_eq!(huge.unwrap_err().to_string().lines().count(), 1);
    }

    #[tokio::test]
    async fn an_endless_answer_is_not_read_to_its_end() {
        let (quote, _) = ask(ok(&" ".repeat(LONGEST + 1)), "/").await;
        assert_eq!(reason(quote), "asking 127.0.0.1: its answer is longer than 65536 bytes");
    }

    #[tokio::test]
    async fn a_service_that_is_down_or_silent_is_an_outage_and_the_address_stays_secret() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let source = HttpSource::new(&format!("http://{address}/?key=secret"), Duration::from_millis(50)).unwrap();
        let silent = reason(source.quote(&"A".parse().unwrap()).await);
        assert_eq!(silent, "asking 127.0.0.1: it did not answer in time");

        let mut request = String::new();
        BufReader::new(listener.accept().unwrap().0).read_line(&mut request).unwrap();
        assert!(request.starts_with("GET /?key=secret&symbol=A "), "{request}");
        drop(listener);

        let source = HttpSource::new(&format!("http://{address}/?key=secret"), Duration::from_secs(10)).unwrap();
        let down = reason(source.quote(&"A".parse().unwrap()).await);
        assert!(down.starts_with("asking 127.0.0.1: ") && !down.contains("secret"), "{down}");
    }

    #[test]
    fn an_address_that_is_none_stops_the_function_at_its_start() {
        for address in ["quotes.example.com", "ftp://quotes.example.com/{symbol}", "http://", "file:///etc/passwd"] {
            let error = HttpSource::new(address, Duration::from_secs(1)).unwrap_err().to_string();
            assert!(error.starts_with("QUOTE_API_URL is "), "{error}");
        }
        assert!(HttpSource::new("https://quotes.example.com/{symbol}", Duration::ZERO).is_err());
    }
}
