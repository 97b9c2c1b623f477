//! The cases in `events/` under the default market: what each is named after must be what happens.

use std::fs;
use std::path::PathBuf;

use check_price::{Market, PriceSource};
use domain::{Account, Execution, Fault, Money, Order, Quote, Recommendation, Shortfall, Side};
use serde_json::{Value, json};

/// What `template.yaml` opens the account with unless told.
const OPENING_CASH: Money = Money::from_whole(10_000);
const OPENING_SHARES: u64 = 100;

fn event(path: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../events").join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// What the first two states make of the execution's input, or the name of the error.
async fn recommend(input: &Value) -> Result<Recommendation, &'static str> {
    let market = Market::new(Market::DEFAULT_SEED);
    let asked = support::read(json!({"input": input})).map_err(|error| error.name())?;
    let quote = check_price::handle(asked, &market).await.map_err(|error| error.name())?;
    let mut priced = input.clone();
    priced["quote"] = serde_json::to_value(quote).unwrap();
    let priced = support::read(json!({"input": priced})).map_err(|error| error.name())?;
    recommend::handle(&priced).map_err(|error| error.name())
}

/// What the trade makes of a fresh account.
async fn trade(case: &str) -> (Side, Result<Account, Shortfall>) {
    let made = recommend(&event(case)).await.unwrap();
    let execution: Execution = serde_json::from_value(event("functions/buy.json")["execution"].clone()).unwrap();
    let order = Order::of(&execution, &made).unwrap();
    (order.side, Account::opened(OPENING_CASH, OPENING_SHARES).settle(&order))
}

#[tokio::test]
async fn buy_buys_and_sell_sells() {
    let (side, account) = trade("stock-trading/buy.json").await;
    assert_eq!((side, account.is_ok()), (Side::Buy, true));
    let (side, account) = trade("stock-trading/sell.json").await;
    assert_eq!((side, account.is_ok()), (Side::Sell, true));
}

#[tokio::test]
async fn the_other_cases_fail_as_they_are_named() {
    let (_, account) = trade("stock-trading/insufficient-funds.json").await;
    assert!(matches!(account, Err(Shortfall::Funds { .. })), "{account:?}");
    let (_, account) = trade("stock-trading/insufficient-shares.json").await;
    assert!(matches!(account, Err(Shortfall::Shares { .. })), "{account:?}");
    assert_eq!(recommend(&event("stock-trading/unknown-symbol.json")).await, Err("UnknownSymbol"));
    assert_eq!(recommend(&event("stock-trading/invalid-input.json")).await, Err("InvalidInput"));
}

#[tokio::test]
async fn the_functions_samples_follow_from_each_other() {
    let asked: check_price::Input = support::read(event("functions/check-price.json")).unwrap();
    let quote: Quote = Market::new(Market::DEFAULT_SEED).quote(&asked.input.symbol).await.unwrap();
    let sample = event("functions/recommend.json");
    assert_eq!(serde_json::to_value(&quote).unwrap(), sample["input"]["quote"]);

    for (function, symbol) in [("buy", "GOOG"), ("sell", "NVDA"), ("request-approval", "GOOG")] {
        let made = recommend(&json!({"symbol": symbol, "quantity": 10})).await.unwrap();
        let mut sample = event(&format!("functions/{function}.json"));
        if function == "request-approval" {
            sample = serde_json::from_str(sample["Records"][0]["body"].as_str().unwrap()).unwrap();
        }
        let sampled: Recommendation = serde_json::from_value(sample["input"].clone()).unwrap();
        assert_eq!(sampled, made, "{function}");
        assert!(serde_json::from_value::<Execution>(sample["execution"].clone()).is_ok(), "{function}");
    }
}
