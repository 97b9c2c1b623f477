//! Lambda: the price of a stock.
