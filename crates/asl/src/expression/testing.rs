//! What the tests of expressions evaluate them in.

use std::cell::Cell;
use std::collections::HashMap;

use serde_json::{Value, json};

use super::Environment;

/// An environment made by hand. Its random bits count up from a start, its clock stands still.
#[derive(Debug)]
pub(crate) struct Fixture {
    input: Value,
    context: Value,
    variables: HashMap<String, Value>,
    random: Cell<u64>,
}

impl Fixture {
    pub(crate) fn new(input: Value) -> Self {
        Self { input, context: json!({}), variables: HashMap::new(), random: Cell::new(0x0123_4567_89ab_cdef) }
    }

    pub(crate) fn with_context(mut self, context: Value) -> Self {
        self.context = context;
        self
    }

    pub(crate) fn with_variable(mut self, name: &str, value: Value) -> Self {
        self.variables.insert(name.to_owned(), value);
        self
    }
}

impl Environment for Fixture {
    fn input(&self) -> &Value {
        &self.input
    }

    fn context(&self) -> &Value {
        &self.context
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    fn states(&self) -> Value {
        json!({"input": self.input, "context": self.context})
    }

    fn random_bits(&self) -> u64 {
        let bits = self.random.get();
        self.random.set(bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        bits
    }

    fn now_millis(&self) -> i64 {
        1_700_000_000_123
    }
}
