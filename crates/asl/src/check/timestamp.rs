//! Timestamps as AWS takes them.

/// Whether the text is an RFC 3339 timestamp in AWS's strict form: a capital `T` between date and time, seconds, and a
/// capital `Z` or a numeric offset, such as `2016-08-18T17:33:00Z`
/// (<https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html>; what is refused is recorded in
/// `base_scenarios--wait_timestamp_invalid-*`).
pub(crate) fn is_timestamp(text: &str) -> bool {
    let shape = |part: Option<&str>, shape: &str| {
        part.is_some_and(|part| {
            part.len() == shape.len()
                && part
                    .bytes()
                    .zip(shape.bytes())
                    .all(|(byte, wanted)| if wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted })
        })
    };
    if !shape(text.get(..19), "0000-00-00T00:00:00") {
        return false;
    }
    let mut rest = &text[19..];
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        if rest.len() == fraction.len() {
            return false;
        }
    }
    let zone = rest == "Z" || shape(rest.get(..), "+00:00") || shape(rest.get(..), "-00:00");
    // The calendar is jiff's business: no thirteenth month, no 25 o'clock. It knows nine digits of a fraction.
    let (date_time, end) = (&text[..19], if rest == "Z" { "Z" } else { rest });
    zone && format!("{date_time}{end}").parse::<jiff::Timestamp>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_timestamp;

    #[test]
    fn strict_timestamps() {
        for good in [
            "2016-08-18T17:33:00Z",
            "2016-03-05T21:29:29.243167252Z",
            "2016-03-05T21:29:29.2431672529999Z",
            "2016-03-14T01:59:00-07:00",
            "2024-02-29T00:00:00+00:00",
        ] {
            assert!(is_timestamp(good), "{good}");
        }
        for bad in [
            "2016-12-05 21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-12-05T25:29:29Z",
            "2016-13-05T21:29:29Z",
            "2023-02-29T00:00:00Z",
            "2016-12-05t21:29:29Z",
            "2016-12-05T21:29:29z",
            "2016-12-05T21:29Z",
            "2016-12-05T21:29:29.Z",
            "2016-12-05T21:29:29+0100",
            "2016-12-05T21:29:29Z ",
            "",
            "é016-12-05T21:29:29Z",
            "2016-12-05T21:29:2é",
        ] {
            assert!(!is_timestamp(bad), "{bad}");
        }
    }
}
