use std::time::Duration;

use domain::{Money, Quote, Symbol};
use json_service::{JsonService, Settings};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Number;

use crate::{Error, PriceSource};

/// A quote service over HTTP.
///
/// It is asked by `GET` on the configured address, in which `{symbol}` stands for the symbol; an address without it gets
/// the query parameter `symbol`. It answers 200 with `{"price": "187.42", "reference": "193.41"}` (numbers are taken too;
/// other members are ignored), 404 for a symbol that it does not list. Anything else is an outage.
#[derive(Debug)]
pub struct HttpSource(JsonService);

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
        let service = JsonService::new(Settings {
            variable: "QUOTE_API_URL",
            address,
            timeout_variable: "QUOTE_TIMEOUT_MS",
            timeout,
            placeholder: "{symbol}",
            user_agent: concat!("batuta-check-price/", env!("CARGO_PKG_VERSION")),
        })?;
        Ok(Self(service))
    }
}

impl PriceSource for HttpSource {
    async fn quote(&self, symbol: &Symbol) -> Result<Quote, Error> {
        let Self(service) = self;
        let unavailable = |reason: String| Error::PriceSourceUnavailable { symbol: symbol.clone(), reason };
        let answer = service.ask(symbol.as_str()).await.map_err(|outage| unavailable(outage.to_string()))?;
        let Answer { price, reference } = answer.ok_or_else(|| Error::UnknownSymbol(symbol.clone()))?;
        let money = |price: Price| price.money().map_err(|reason| unavailable(service.outage(&reason).to_string()));
        Ok(Quote {
            symbol: symbol.clone(),
            price: money(price)?,
            reference: money(reference)?,
            source: service.host().to_owned(),
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
            stream.write_all(answer.as_bytes()).unwrap();
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

    #[test]
    fn an_address_that_is_none_stops_the_function_at_its_start() {
        let error = HttpSource::new("ftp://quotes.example.com/{symbol}", Duration::from_secs(1)).unwrap_err();
        assert!(error.to_string().starts_with("QUOTE_API_URL is "), "{error}");
        let error = HttpSource::new("https://quotes.example.com/{symbol}", Duration::ZERO).unwrap_err();
        assert!(error.to_string().starts_with("QUOTE_TIMEOUT_MS is 0"), "{error}");
    }
}
