//! Durations for people.

use std::time::Duration;

/// A duration in the unit that suits it: `850 µs`, `12 ms`, `1.4 s`, `2 min 5 s`, `1 h 0 min`, `3 d 4 h`.
pub(crate) fn show(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match duration.as_micros() {
        0..1_000 => format!("{} µs", duration.as_micros()),
        1_000..1_000_000 => format!("{} ms", duration.as_millis()),
        1_000_000..60_000_000 => format!("{:.1} s", duration.as_secs_f64()),
        _ if seconds < 3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ if seconds < 86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_length_has_its_unit() {
        for (millis, expected) in [
            (0, "0 µs"),
            (12, "12 ms"),
            (1_449, "1.4 s"),
            (125_000, "2 min 5 s"),
            (3_600_000, "1 h 0 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(show(Duration::from_millis(millis)), expected);
        }
    }
}
