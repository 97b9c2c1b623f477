//! The interpreter: one execution of a state machine as a pure transducer.
