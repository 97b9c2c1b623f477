//! Times as definitions and data write them.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// Reads an ISO-8601 extended offset date-time as AWS does: a date, a capital `T`, a time with seconds, any number of
/// decimals, and a capital `Z` or an offset. Nothing else will do (recorded cases
/// `scenarios/base_scenarios--wait_timestamp_path-NO_T.json` and its neighbours).
pub fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let at = |index: usize, wanted: u8| bytes.get(index) == Some(&wanted);
    let well_formed = digits(0..4)
        && at(4, b'-')
        && digits(5..7)
        && at(7, b'-')
        && digits(8..10)
        && at(10, b'T')
        && digits(11..13)
        && at(13, b':')
        && digits(14..16);
    if !well_formed {
        return None;
    }
    // Seconds may be left out (Java's ISO_OFFSET_DATE_TIME, which AWS's wording names).
    let mut end = 16;
    if at(16, b':') {
        if !digits(17..19) {
            return None;
        }
        end = 19;
        if at(19, b'.') {
            end += 1 + bytes[20..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        }
    }
    let offset = &text[end..];
    let well_formed_offset = offset == "Z"
        || (offset.len() == 6
            && (offset.starts_with('+') || offset.starts_with('-'))
            && offset.as_bytes()[3] == b':'
            && [1, 2, 4, 5].iter().all(|index| offset.as_bytes()[*index].is_ascii_digit()));
    if !well_formed_offset {
        return None;
    }
    text.parse().ok()
}

/// A time as the context object writes it: `2024-02-07T13:50:28.123Z`.
pub fn format(timestamp: Timestamp) -> String {
    let time = timestamp.to_zoned(TimeZone::fixed(Offset::UTC));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        time.year(),
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second(),
        time.millisecond()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_extended_offset_form_is_read() {
        for good in ["2016-12-05T21:29:29Z", "2016-12-05T21:29:29.123456789Z", "2016-12-05T21:29:29+02:00"] {
            assert!(parse(good).is_some(), "{good}");
        }
        for bad in [
            "2016-12-05 21:29:29Z",
            "2016-12-05T21:29:29",
            "2016-12-05t21:29:29z",
            "2016-13-05T21:29:29Z",
            "2016-12-05T25:29:29Z",
            "05-12-2016T21:29:29Z",
            "",
            "2016-12-05T21:29:29.5é",
        ] {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_time_is_written_with_three_decimals() {
        let time: Timestamp = "2024-02-07T13:50:28.1Z".parse().expect("valid");
        assert_eq!(format(time), "2024-02-07T13:50:28.100Z");
    }
}
