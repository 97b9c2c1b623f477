//! Lambda: buy stock, as one conditional transaction.
