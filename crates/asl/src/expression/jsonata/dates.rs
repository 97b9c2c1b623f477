//! Times of which a text gives only the end, such as `13:45`: what stands before it is taken from the present time, which
//! must be the execution's own and not the machine's. So the text and the picture of `$toMillis` get it put in front.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use jsonata_core::value::JValue;

/// Completes the text of `$toMillis` by its picture.
pub(super) const TEXT: &str = "complete text";
/// Completes the picture of `$toMillis`.
pub(super) const PICTURE: &str = "complete picture";

/// The parts of a time from the largest on: the letter, the picture and the format of each.
const PARTS: [(char, &str, &str); 6] = [
    ('Y', "[Y0001]/", "%Y/"),
    ('M', "[M01]/", "%m/"),
    ('D', "[D01]/", "%d/"),
    ('H', "[H01]:", "%H:"),
    ('m', "[m01]:", "%M:"),
    ('s', "[s01]:", "%S:"),
];

/// Answers a call of [`TEXT`] (a text and its picture) or [`PICTURE`] at that time, in milliseconds since 1970.
pub(super) fn complete(function: &str, arguments: &[JValue], now_millis: i64) -> JValue {
    let value = arguments.first().cloned().unwrap_or(JValue::Undefined);
    let (JValue::String(text), Some(JValue::String(picture))) = (&value, arguments.last()) else { return value };
    let missing = missing(picture);
    let Ok(now) = Timestamp::from_millisecond(now_millis) else { return value };
    let now = now.to_zoned(TimeZone::UTC);
    let before: String = if function == PICTURE {
        missing.iter().map(|(_, picture, _)| *picture).collect()
    } else {
        missing.iter().map(|(.., format)| now.strftime(format).to_string()).collect()
    };
    if before.is_empty() { value } else { JValue::string(format!("{before}{text}")) }
}

/// The parts before the first that a picture has. None when it counts days by the year or the week, or has no part at all.
fn missing(picture: &str) -> &'static [(char, &'static str, &'static str)] {
    let letters: Vec<char> = markers(picture).collect();
    let has = |letter: char| letters.contains(&letter) || (letter == 'H' && letters.contains(&'h'));
    if "XxWwFd".chars().any(has) {
        // Of these only the day of the year can be read, which needs its year.
        return if has('d') && !"XxWwFY".chars().any(has) { &PARTS[..1] } else { &[] };
    }
    let first = PARTS.iter().position(|(letter, ..)| has(*letter));
    first.map_or(if has('f') { &PARTS[..] } else { &[] }, |first| &PARTS[..first])
}

/// The letters of the markers `[Y0001]`; `[[` is a bracket.
fn markers(picture: &str) -> impl Iterator<Item = char> {
    let mut rest = picture;
    std::iter::from_fn(move || {
        loop {
            rest = &rest[rest.find('[')? + 1..];
            match rest.strip_prefix('[') {
                Some(after) => rest = after,
                None => return rest.trim_start().chars().next(),
            }
        }
    })
}
