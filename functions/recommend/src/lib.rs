//! Lambda: buy or sell?
