//! The vocabulary that the functions share: money, orders, trades, faults. No AWS types.
