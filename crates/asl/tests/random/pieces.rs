//! Random texts.

use super::tape::Tape;

/// A text put together of these pieces and, now and then, of any character.
pub(crate) fn pieces(tape: &mut Tape<'_>, most: usize, pieces: &[&str]) -> String {
    let mut text = String::new();
    for _ in 0..=tape.below(most) {
        if tape.once_in(12) {
            let code = u32::from(tape.byte()) << 8 | u32::from(tape.byte());
            text.push(char::from_u32(code).unwrap_or('\u{1F980}'));
        } else {
            text.push_str(tape.one_of(pieces));
        }
    }
    text
}
