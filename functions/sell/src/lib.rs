//! Lambda: sell stock, as one conditional transaction.
