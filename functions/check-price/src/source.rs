use std::future::Future;
use std::time::Duration;

use domain::{Quote, Symbol};
use support::environment;

use crate::{Error, HttpSource, Market};

/// Port: where prices come from.
pub trait PriceSource {
    /// The price of `symbol` now.
    fn quote(&self, symbol: &Symbol) -> impl Future<Output = Result<Quote, Error>>;
}

/// The source that the environment asks for.
#[derive(Debug)]
pub enum Source {
    /// The simulated market: no `QUOTE_API_URL` is set. Needs no network.
    Simulated(Market),
    /// The quote service at `QUOTE_API_URL`.
    Http(HttpSource),
}

impl Source {
    /// `QUOTE_API_URL` (with `QUOTE_TIMEOUT_MS`, 2000 unless told), else the market of `MARKET_SEED` (42 unless told).
    pub fn from_environment() -> Result<Self, support::Error> {
        if let Some(url) = environment::optional("QUOTE_API_URL") {
            let timeout = Duration::from_millis(environment::parsed("QUOTE_TIMEOUT_MS", 2000)?);
            Ok(Self::Http(HttpSource::new(&url, timeout)?))
        } else {
            Ok(Self::Simulated(Market::new(environment::parsed("MARKET_SEED", Market::DEFAULT_SEED)?)))
        }
    }
}

impl PriceSource for Source {
    async fn quote(&self, symbol: &Symbol) -> Result<Quote, Error> {
        match self {
            Self::Simulated(market) => market.quote(symbol).await,
            Self::Http(service) => service.quote(symbol).await,
        }
    }
}
