//! What the parser's syntax errors mean to the author of a template.

/// The tab that a syntax error is about, when it is about one: in the indentation of the line where reading stopped, or of
/// the line behind a value that should have ended there.
pub(super) fn indenting_tab(text: &str, at: usize, info: &str) -> Option<usize> {
    let line_start = |at: usize| text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let tab_of_line = |start: usize| {
        let indentation = text[start..].find(|letter: char| !matches!(letter, ' ' | '\t')).unwrap_or(0);
        text[start..start + indentation].find('\t').map(|tab| start + tab)
    };
    let next_line = || text[at..].find('\n').map(|newline| at + newline + 1);
    let is_value = info.contains("tab") || info.contains("plain scalar");
    tab_of_line(line_start(at)).or_else(|| is_value.then(next_line).flatten().and_then(tab_of_line))
}

/// What a syntax error means, and what cures it.
pub(super) fn explain(info: &str) -> (String, Option<String>) {
    let (message, help) = if info.contains("mapping values are not allowed") || info.contains("placement of ':'") {
        (
            "a `key: value` can't stand here",
            Some("quote a value that contains `: `, close the bracket or quote before it, or check the indentation"),
        )
    } else if info.contains("unknown anchor") {
        ("this alias names no anchor", Some("an anchor `&name` must stand before its alias `*name`"))
    } else if info.contains("did not find expected key") {
        (
            "this line's indentation matches no map above it",
            Some("keys of one map are indented by the same number of spaces"),
        )
    } else if info.contains("quoted scalar") && info.contains("escape") {
        ("this escape isn't one of YAML's", Some("write `\\\\` for a backslash, or use single quotes"))
    } else if info.contains("quoted scalar") {
        ("this quoted text isn't closed", Some("add the missing quote"))
    } else if info.contains("flow mapping") {
        ("a `{` isn't closed", Some("add `,` between the entries or `}` behind them"))
    } else if info.contains("flow sequence") {
        ("a `[` isn't closed", Some("add `,` between the items or `]` behind them"))
    } else if info.contains("unexpected character") {
        ("a plain value can't begin with this character", Some("quote the value"))
    } else if info.contains("unprintable") {
        ("this character isn't printable", None)
    } else {
        return (format!("this is no YAML: {info}"), None);
    };
    (message.into(), help.map(Into::into))
}
