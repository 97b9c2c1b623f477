use domain::{Money, Quote, Symbol};
use rust_decimal::Decimal;

use crate::{Error, PriceSource};

/// The closing prices that the walk goes through before the price of today.
const SESSIONS: usize = 60;
/// How many of the last closing prices the reference is the average of.
const AVERAGED: usize = 20;
/// The farthest that a price moves from one session to the next, in hundredths of a percent.
const STEP: u64 = 250;

/// What the simulated market lists, with the price in cents that each walk begins at. Any resemblance with a real price is
/// chance.
const LISTED: [(&str, i64); 16] = [
    ("AAPL", 22_150),
    ("AMZN", 18_940),
    ("BRK.B", 46_210),
    ("COST", 88_475),
    ("DIS", 11_065),
    ("GOOG", 17_305),
    ("IBM", 23_520),
    ("JPM", 24_180),
    ("KO", 6_915),
    ("META", 58_730),
    ("MSFT", 42_860),
    ("NFLX", 69_540),
    ("NVDA", 18_325),
    ("PBR", 1_435),
    ("TSLA", 26_590),
    ("VALE", 1_120),
];

/// A market that does not exist: every share's prices are a random walk which the seed alone decides. The same seed
/// gives the same prices on every machine and every day, so a test and a demonstration know what will be recommended.
#[derive(Clone, Copy, Debug)]
pub struct Market {
    seed: u64,
}

impl Market {
    /// The seed when none is told; the cases in `events/stock-trading/` rely on it.
    pub const DEFAULT_SEED: u64 = 42;

    /// The market of a seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The price of `symbol` and the average of its last twenty closing prices.
    pub fn price(&self, symbol: &Symbol) -> Result<Quote, Error> {
        let unlisted = || Error::UnknownSymbol(symbol.clone());
        let (_, cents) = LISTED.iter().find(|(listed, _)| *listed == symbol.as_str()).ok_or_else(unlisted)?;
        let mut random = Random(self.seed ^ digest(symbol.as_str()));
        let mut price = Decimal::new(*cents, 2);
        let mut closes = Vec::with_capacity(SESSIONS);
        for _ in 0..SESSIONS {
            closes.push(price);
            let factor = Decimal::new((10_000 - STEP + random.below(2 * STEP + 1)) as i64, 4);
            // A share never falls to nothing here, or it could not be quoted.
            price = (price * factor).round_dp(2).max(Decimal::new(1, 2));
        }
        let sum: Decimal = closes[SESSIONS - AVERAGED..].iter().sum();
        let average = (sum / Decimal::from(AVERAGED)).round_dp(2);
        let money = |value| {
            Money::rounded(value)
                .map_err(|error| Error::PriceSourceUnavailable { symbol: symbol.clone(), reason: error.to_string() })
        };
        Ok(Quote {
            symbol: symbol.clone(),
            price: money(price)?,
            reference: money(average)?,
            source: format!("the simulated market (seed {})", self.seed),
        })
    }
}

impl PriceSource for Market {
    async fn quote(&self, symbol: &Symbol) -> Result<Quote, Error> {
        self.price(symbol)
    }
}

/// The generator `SplitMix64` (Steele, Lea and Flood, 2014): small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; the bias of the remainder is far below what a price shows.
    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// FNV-1a of 64 bits: sends every share on a walk of its own.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_decides_every_price() {
        let nvda: Symbol = "NVDA".parse().unwrap();
        let quote = Market::new(42).price(&nvda).unwrap();
        assert_eq!(Market::new(42).price(&nvda).unwrap(), quote);
        assert_ne!(Market::new(43).price(&nvda).unwrap().price, quote.price);
    }

    #[test]
    fn every_listed_share_has_a_price_under_any_seed() {
        for seed in [0, 1, 42, u64::MAX] {
            for (symbol, _) in LISTED {
                let quote = Market::new(seed).price(&symbol.parse().unwrap()).unwrap();
                assert!(quote.price.is_positive() && quote.reference.is_positive(), "{quote:?}");
                assert!(quote.price.decimal().scale() <= 2, "{quote:?}");
            }
        }
    }

    #[test]
    fn what_is_not_listed_is_unknown() {
        let symbol: Symbol = "ZZZZ".parse().unwrap();
        assert_eq!(Market::new(42).price(&symbol), Err(Error::UnknownSymbol(symbol)));
    }
}
