//! Sentences about queries that can't be compiled.

/// The parser's names of symbols, with the symbols.
const SYMBOLS: [(&str, &str); 33] = [
    ("LeftParen", "("),
    ("RightParen", ")"),
    ("LeftBracket", "["),
    ("RightBracket", "]"),
    ("LeftBrace", "{"),
    ("RightBrace", "}"),
    ("Comma", ","),
    ("Colon", ":"),
    ("ColonEqual", ":="),
    ("Semicolon", ";"),
    ("Dot", "."),
    ("DotDot", ".."),
    ("Plus", "+"),
    ("Minus", "-"),
    ("Star", "*"),
    ("StarStar", "**"),
    ("Slash", "/"),
    ("Percent", "%"),
    ("Equal", "="),
    ("NotEqual", "!="),
    ("LessThan", "<"),
    ("LessThanOrEqual", "<="),
    ("GreaterThan", ">"),
    ("GreaterThanOrEqual", ">="),
    ("Ampersand", "&"),
    ("Question", "?"),
    ("QuestionQuestion", "??"),
    ("QuestionColon", "?:"),
    ("Caret", "^"),
    ("Pipe", "|"),
    ("TildeArrow", "~>"),
    ("At", "@"),
    ("Hash", "#"),
];

/// The parser's names of what a text or a number was written as, which stand before it in parentheses.
const WRITTEN: [&str; 6] = ["Identifier", "String", "Number", "Variable", "ParentVariable", "Function"];

/// How long a query may be that is looked through for the place of its fault, in bytes.
const LONGEST_SEARCHED: usize = 2_000;

/// The sentence about a query that can't be compiled, and the place of its fault in bytes. The parser does not tell the
/// place, so this looks for the longest beginning of the query that does not have the fault.
pub(super) fn explain(query: &str, message: &str) -> (String, usize) {
    let sentence = sentence(message);
    if sentence.contains("end of expression") {
        return (sentence, query.len());
    }
    if query.len() > LONGEST_SEARCHED {
        return (sentence, 0);
    }
    let is_sound = |beginning: &&str| match jsonata_core::parser::parse(beginning) {
        Ok(_) => true,
        Err(error) => error.to_string() != message,
    };
    let mut beginnings = query.char_indices().rev().map(|(end, _)| &query[..end]);
    let sound = beginnings.find(is_sound).unwrap_or_default();
    // The fault may lie in a word of which the beginning alone is told of differently.
    let place = sound.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_').len();
    (sentence, place)
}

/// JSONata's sentence without the code in front of it, and with symbols as they are written: `Expected "]", got ","`.
fn sentence(message: &str) -> String {
    let message = message.strip_prefix("Invalid syntax: ").unwrap_or(message);
    let message = if super::has_code(message) { message[6..].trim_start() } else { message };
    let mut sentence = String::with_capacity(message.len());
    let mut rest = message;
    while !rest.is_empty() {
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        let symbol = SYMBOLS.iter().find(|(name, _)| *name == word).map(|(_, symbol)| (*symbol, 0));
        if let Some((text, length)) = symbol.or_else(|| written(word, behind)) {
            sentence.extend(["\"", text, "\""]);
            rest = &behind[length..];
        } else {
            sentence.push_str(word);
            rest = behind;
        }
        let between = rest.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        sentence.push_str(&rest[..between]);
        rest = &rest[between..];
    }
    sentence
}

/// The text in `("text")` or `(1.0)` after the name of what it was written as, and how long the parentheses are.
fn written<'m>(word: &str, behind: &'m str) -> Option<(&'m str, usize)> {
    if !WRITTEN.contains(&word) {
        return None;
    }
    let (inside, _) = behind.strip_prefix('(')?.split_once(')')?;
    Some((inside.trim_matches('"').trim_end_matches(".0"), inside.len() + 2))
}
