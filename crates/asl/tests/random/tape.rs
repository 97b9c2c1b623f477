//! Random choices, read from a tape of bytes: what proptest varies and shrinks is the tape.
//!
//! The tests of `machine` and `journal` use this file as well.

use std::time::{Duration, Instant};

use proptest::collection::vec;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// A tape with a place on it. Behind its end there are zeros, which stand for the simplest choice everywhere.
pub(crate) struct Tape<'t> {
    bytes: &'t [u8],
    at: usize,
}

impl<'t> Tape<'t> {
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let byte = self.bytes.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        byte
    }

    /// A number from zero up to but not including `bound`, which is at least 1 and at most 65,536.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let drawn =
            if bound > 256 { usize::from(self.byte()) << 8 | usize::from(self.byte()) } else { self.byte().into() };
        drawn % bound
    }

    /// True once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    pub(crate) fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Checks something for many tapes of up to so many bytes, and for ever shorter ones when it fails.
///
/// `BATUTA_FUZZ_CASES` is how many tapes instead of `cases`; `BATUTA_FUZZ_SECONDS` goes on for that long instead. How many
/// there were is printed, for who runs the tests with `--nocapture`.
pub(crate) fn check(cases: u32, bytes: usize, property: impl Fn(&mut Tape<'_>) -> Result<(), String>) {
    let wanted = |name: &str| std::env::var(name).ok().and_then(|number| number.parse::<u32>().ok());
    let until = wanted("BATUTA_FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds.into()));
    let cases = wanted("BATUTA_FUZZ_CASES").unwrap_or(cases);
    let mut checked: u64 = 0;
    loop {
        let config = Config { cases, failure_persistence: None, max_shrink_iters: 4096, ..Config::default() };
        let outcome = TestRunner::new(config).run(&vec(proptest::num::u8::ANY, 0..bytes), |tape| {
            property(&mut Tape::new(&tape)).map_err(TestCaseError::fail)
        });
        if let Err(failure) = outcome {
            panic!("{failure}");
        }
        checked += u64::from(cases);
        if until.is_none_or(|until| Instant::now() >= until) {
            println!("{checked} cases");
            return;
        }
    }
}
