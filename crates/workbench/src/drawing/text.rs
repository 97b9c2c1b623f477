//! How much room text takes. A picture is drawn without a font at hand, so widths are estimated, rather too wide.

/// The width of a text in a proportional sans-serif font, in pixels.
pub(super) fn width(text: &str, font_size: f64) -> f64 {
    text.chars().map(|character| advance(character) * font_size).sum()
}

/// A character's width as a part of the font's size.
fn advance(character: char) -> f64 {
    match character {
        'i' | 'l' | 'j' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' => 0.30,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '/' | ' ' | '-' | '"' => 0.38,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.90,
        'A'..='Z' | '&' | '=' | '<' | '>' | '+' | '≥' | '≤' | '≠' => 0.70,
        // Han, kana, hangul and emoji fill a square.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f000}'..='\u{3ffff}' => 1.0,
        _ => 0.58,
    }
}

/// The text, or its beginning with an ellipsis when it has more characters.
pub(super) fn shorten(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(characters.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shorten("Início", 6), "Início");
        assert_eq!(shorten("Não está disponível", 9), "Não está…");
        assert_eq!(shorten("abc", 0), "…");
    }

    #[test]
    fn wide_characters_take_more_room() {
        assert!(width("WWW", 10.0) > width("iii", 10.0) * 2.0);
        assert!((width("待機", 13.0) - 26.0).abs() < f64::EPSILON);
    }
}
