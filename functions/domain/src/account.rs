use std::collections::BTreeMap;

use crate::{Money, Order, Quantity, Side, Symbol};

/// A paper account: cash in one currency, and shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The cash.
    pub cash: Money,
    /// The shares held of every symbol that has been traded.
    pub positions: BTreeMap<Symbol, u64>,
    /// The shares held of every other symbol: what the account was opened with.
    pub opening_shares: u64,
}

/// What an order takes from the account and what it brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// Takes cash, brings shares.
    CashForShares {
        /// The cash that goes.
        takes: Money,
        /// The shares that come.
        brings: Quantity,
    },
    /// Takes shares, brings cash.
    SharesForCash {
        /// The shares that go.
        takes: Quantity,
        /// The cash that comes.
        brings: Money,
    },
}

/// Why an order can't be settled: the account holds too little of what it takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Shortfall {
    /// Too little cash.
    #[error("Buying {quantity} {symbol} at {price} costs {needed}, but the account holds only {available}.")]
    Funds {
        /// The share.
        symbol: Symbol,
        /// How many were to be bought.
        quantity: Quantity,
        /// The price of one.
        price: Money,
        /// The cash that the purchase takes.
        needed: Money,
        /// The cash that is there.
        available: Money,
    },
    /// Too few shares.
    #[error("{needed} {symbol} were to be sold, but the account holds only {available}.")]
    Shares {
        /// The share.
        symbol: Symbol,
        /// How many were to be sold.
        needed: Quantity,
        /// How many are there.
        available: u64,
    },
}

impl Order {
    /// What it takes and what it brings.
    pub fn settlement(&self) -> Settlement {
        match self.side {
            Side::Buy => Settlement::CashForShares { takes: self.amount, brings: self.quantity },
            Side::Sell => Settlement::SharesForCash { takes: self.quantity, brings: self.amount },
        }
    }

    /// The shortfall when the account holds only `available` cash.
    pub fn short_of_funds(&self, available: Money) -> Shortfall {
        let Self { symbol, quantity, price, amount, .. } = self.clone();
        Shortfall::Funds { symbol, quantity, price, needed: amount, available }
    }

    /// The shortfall when the account holds only `available` shares.
    pub fn short_of_shares(&self, available: u64) -> Shortfall {
        Shortfall::Shares { symbol: self.symbol.clone(), needed: self.quantity, available }
    }
}

impl Account {
    /// A fresh account, which can buy and sell at once: `cash`, and `shares` of every symbol there is.
    pub fn opened(cash: Money, shares: u64) -> Self {
        Self { cash, positions: BTreeMap::new(), opening_shares: shares }
    }

    /// The shares held of `symbol`.
    pub fn shares(&self, symbol: &Symbol) -> u64 {
        self.positions.get(symbol).copied().unwrap_or(self.opening_shares)
    }

    /// The account after `order`; nothing changes when it falls short.
    pub fn settle(&self, order: &Order) -> Result<Self, Shortfall> {
        let held = self.shares(&order.symbol);
        let (cash, shares) = match order.settlement() {
            Settlement::CashForShares { takes, brings } => {
                let left = self.cash.minus(takes).ok_or_else(|| order.short_of_funds(self.cash))?;
                (left, held.saturating_add(u64::from(brings.get())))
            }
            Settlement::SharesForCash { takes, brings } => {
                let left = held.checked_sub(u64::from(takes.get())).ok_or_else(|| order.short_of_shares(held))?;
                // An account of a quadrillion stays one: there is no sum above it to write down.
                (self.cash.plus(brings).unwrap_or(Money::MAX), left)
            }
        };
        let mut after = Self { cash, ..self.clone() };
        after.positions.insert(order.symbol.clone(), shares);
        Ok(after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(side: Side, quantity: u64, price: &str) -> Order {
        let price: Money = price.parse().unwrap();
        let quantity = Quantity::new(quantity).unwrap();
        Order {
            order_id: serde_json::from_str("\"0\"").unwrap(),
            side,
            symbol: "NVDA".parse().unwrap(),
            quantity,
            price,
            amount: price.times(quantity).unwrap(),
            created_at: "2026-01-01T00:00:00Z".into(),
            execution: "arn".into(),
        }
    }

    fn account() -> Account {
        Account::opened("10000.00".parse().unwrap(), 100)
    }

    #[test]
    fn cash_turns_into_shares_and_back() {
        let after = account().settle(&order(Side::Buy, 10, "187.42")).unwrap();
        assert_eq!((after.cash.to_string().as_str(), after.shares(&"NVDA".parse().unwrap())), ("8125.80", 110));
        assert_eq!(after.shares(&"MSFT".parse().unwrap()), 100);

        let back = after.settle(&order(Side::Sell, 10, "187.42")).unwrap();
        assert_eq!((back.cash.to_string().as_str(), back.shares(&"NVDA".parse().unwrap())), ("10000.00", 100));
    }

    #[test]
    fn the_last_cent_and_the_last_share_can_be_spent() {
        assert_eq!(account().settle(&order(Side::Buy, 100, "100.00")).unwrap().cash, Money::ZERO);
        assert_eq!(account().settle(&order(Side::Sell, 100, "1.00")).unwrap().positions.values().next(), Some(&0));
    }

    #[test]
    fn one_cent_or_one_share_too_few_is_a_shortfall_that_says_so() {
        let funds = account().settle(&order(Side::Buy, 100, "100.0001")).unwrap_err();
        assert_eq!(
            funds.to_string(),
            "Buying 100 NVDA at 100.0001 costs 10000.01, but the account holds only 10000.00."
        );
        let shares = account().settle(&order(Side::Sell, 101, "1.00")).unwrap_err();
        assert_eq!(shares.to_string(), "101 NVDA were to be sold, but the account holds only 100.");
    }
}
