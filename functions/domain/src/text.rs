//! Text that came from outside, made fit to be shown to a person.

/// `text` on one line and at most `longest` characters long: whatever breaks or reorders a line becomes a blank, blanks
/// at the ends go, and what is cut ends in `…`. So no name or comment can add a line to a mail or a log.
pub fn one_line(text: &str, longest: usize) -> String {
    let mut line: String = text.chars().map(|char| if breaks(char) { ' ' } else { char }).collect();
    line = line.trim().to_owned();
    if let Some((end, _)) = line.char_indices().nth(longest) {
        let last = line[..end].char_indices().next_back().map_or(0, |(at, _)| at);
        line.truncate(last);
        line.push('…');
    }
    line
}

/// Control characters, the Unicode line and paragraph separators, and the marks that change the direction of writing.
fn breaks(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn lines_and_directions_become_blanks() {
        assert_eq!(one_line("  a\r\nb\u{2028}c\u{202e}d\0 ", 80), "a  b c d");
    }

    #[test]
    fn the_length_is_in_characters_and_a_cut_shows() {
        assert_eq!(one_line("ação", 4), "ação");
        assert_eq!(one_line("ações", 4), "açõ…");
        assert_eq!(one_line("", 4), "");
    }
}
