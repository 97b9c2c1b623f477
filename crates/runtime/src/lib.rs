//! Time and tasks around the interpreter: clock, timers, driver, task tokens.
