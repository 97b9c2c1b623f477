use serde_json::json;

use super::*;

/// What Jayway itself (2.9.0) answers to paths in one document. The first line is the document; each other line is a path,
/// a tab, and
/// - `one`: the path is definite and leads to this value,
/// - `many`: it is not, and these are the matches,
/// - `fails`: it leads nowhere, with this sentence,
/// - `missing`: it is not definite and fails with this sentence, where AWS answers with an empty array,
/// - `refused`: it is no path.
const JAYWAY: &str = include_str!("jayway.tsv");

#[test]
fn answers_are_jayways() {
    let (document, lines) = JAYWAY.split_once('\n').expect("a document and lines");
    let document: Value = serde_json::from_str(document).expect("the document is JSON");
    for line in lines.lines() {
        let mut parts = line.split('\t');
        let (source, kind, answer) = (parts.next().unwrap_or_default(), parts.next(), parts.next().unwrap_or_default());
        let path = JsonPath::parse(source);
        let found = path.as_ref().map(|path| path.find(&document).map(Cow::into_owned));
        match (kind.unwrap_or_default(), found) {
            ("refused", found) => assert!(found.is_err(), "{line}"),
            (_, Err(error)) => panic!("{line}: {error} at {}", error.offset),
            ("missing", Ok(found)) => assert_eq!(found, Ok(json!([])), "{line}"),
            ("fails", Ok(found)) => assert_eq!(found.expect_err(line).reason, answer),
            (kind, Ok(found)) => {
                assert_eq!(path.expect(line).is_definite(), kind == "one", "{line}");
                assert_eq!(found.expect(line), serde_json::from_str::<Value>(answer).expect(line), "{line}");
            }
        }
    }
}

#[test]
fn what_stood_in_the_way_is_told_apart() {
    let document = json!({"a": {"b": 1}, "list": [1], "null": null});
    for (source, absence) in [
        ("$.x", Absence::Missing),
        ("$.x.y", Absence::Missing),
        ("$.a.b.c", Absence::Missing),
        ("$.list.x", Absence::Missing),
        ("$.null[0]", Absence::Missing),
        ("$.list[1]", Absence::OutOfRange),
        ("$.list[-2]", Absence::OutOfRange),
        ("$.list[1].x", Absence::OutOfRange),
        ("$.a[0]", Absence::NotApplicable),
        ("$.a.b[0]", Absence::NotApplicable),
        ("$.a.b[0:1]", Absence::NotApplicable),
        ("$.a.b[?(@.x)]", Absence::NotApplicable),
        ("$.a.b.first()", Absence::NotApplicable),
        ("$.list.index(4)", Absence::NotApplicable),
    ] {
        let missing = JsonPath::parse(source).expect(source).find(&document).expect_err(source);
        assert_eq!(missing.absence, absence, "{source}: {missing}");
    }
}

#[test]
fn definite_paths_borrow() {
    let document = json!({"a": [{"b-c": [1, 2]}]});
    for source in ["$", "$.a", "$.a[0].b-c", "$['a'][-1][\"b-c\"][1]", "$.a.first()"] {
        let path = JsonPath::parse(source).expect(source);
        assert!(matches!(path.find(&document), Ok(Cow::Borrowed(_))), "{source}");
    }
}

/// `base_scenarios--escape_sequence_parsing-ESCAPE_SEQUENCES_JSONPATH.json`
#[test]
fn only_the_quote_of_a_name_is_unescaped() {
    let document = json!({"it's": 1, "say \"x\"": 2, "a\\b": 3, "tab\\t": 4, "q\\\"": 5});
    for (source, value) in [
        (r"$['it\'s']", 1),
        ("$[\"it's\"]", 1),
        (r#"$['say "x"']"#, 2),
        (r#"$["say \"x\""]"#, 2),
        (r"$['a\b']", 3),
        (r"$['tab\t']", 4),
        (r#"$['q\"']"#, 5),
    ] {
        assert_eq!(JsonPath::parse(source).expect(source).find(&document).as_deref(), Ok(&json!(value)), "{source}");
    }
}

#[test]
fn what_is_no_path_says_what_and_where() {
    for (source, offset, message) in [
        ("a.b", 0, "a JSONPath starts with '$'"),
        ("", 0, "a JSONPath starts with '$'"),
        ("$.", 2, "a path can't end with '.'"),
        ("$.a...b", 5, "a path can't have more than two dots in a row"),
        ("$a", 1, "expected '.' or '[', found 'a'"),
        ("$.a[0]b", 6, "expected '.' or '[', found 'b'"),
        ("$.a b", 3, "a name with a blank in it must be written in brackets, such as ['my name']"),
        ("$.a[", 3, "'[' is never closed"),
        ("$.a[0", 3, "'[' is never closed"),
        ("$.a['b", 4, "a name is never closed with '"),
        ("$.a['b' 'c']", 8, "expected ',' or ']' after a name"),
        ("$.a[]", 4, "empty brackets"),
        ("$.a[b]", 4, "expected a quoted name, a number, '*' or '?(' in brackets"),
        ("$.a[1x]", 5, "expected an index, a list of indexes or a slice such as [0:2]"),
        ("$.a[1-2]", 4, "'1-2' is not an array index"),
        ("$.a[:]", 4, "a slice needs a start or an end; use [*] for everything"),
        ("$.a[?@.b]", 5, "expected '(' after '?'"),
        ("$.a[?(@.b]", 5, "'(' is never closed"),
        ("$.a[?(@.b ])]", 10, "expected an operator or ')'"),
        ("$.a[?(@.b == )]", 13, "expected a value or a path"),
        ("$.a[?(@.b = 1)]", 10, "use '==' to compare"),
        ("$.a[?(@.b like 'x')]", 10, "there is no operator 'like'"),
        ("$.a[?(@.b == x)]", 13, "'x' is not a value; write texts in quotes"),
        ("$.a[?(true)]", 6, "a condition needs a path such as @.name"),
        ("$.a.lenght()", 4, "there is no JSONPath function 'lenght'; did you mean length()?"),
        ("$.a.first().b", 11, "a function must be the last step of a path"),
        ("$..length()", 3, "'..' looks for a name, an index or '*', not for a function"),
        ("$.a.index()", 4, "index() takes one argument, the index"),
        ("$.a.concat('x')", 11, "write texts in double quotes here"),
    ] {
        let error = JsonPath::parse(source).expect_err(source);
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{source}");
    }
}

#[test]
fn deep_nesting_is_refused_and_harmless() {
    let times = 100_000;
    for text in [
        format!("$[?({}@.b{})]", "(".repeat(times), ")".repeat(times)),
        format!("$[?({}(@.b))]", "!".repeat(times)),
        format!("$[?(@.b == {}1{})]", "[".repeat(times), "]".repeat(times)),
        format!("$[?(@.b == {}1{})]", "{'k':".repeat(times), "}".repeat(times)),
        format!("{}1{}", "$.concat(".repeat(times), ")".repeat(times)),
        format!("${}{}", "[?(@".repeat(times), ")]".repeat(times)),
    ] {
        assert!(JsonPath::parse(&text).expect_err("too deep").message.starts_with("nested more than 100 deep"));
    }
    let fine = format!("$[?({}@.b{})]", "(".repeat(90), ")".repeat(90));
    assert_eq!(JsonPath::parse(&fine).expect("a path").find(&json!([{"b": 1}])).as_deref(), Ok(&json!([{"b": 1}])));
    let long = JsonPath::parse(&format!("${}", ".a".repeat(times))).expect("a path");
    assert!(long.find(&json!({"a": {"a": 1}})).is_err());
}

/// Whatever is left of a path while it is being typed.
#[test]
fn no_part_of_a_path_panics() {
    let whole =
        "$.ä['b\\'c', \"d\"][?(@.x =~ /é.*/i && !(@['y'] in [1, {'k': 'v'}]) || $.z >= -1.5e3)]..k[-1:2].concat(\"ü\")";
    assert!(JsonPath::parse(whole).is_err(), "quotes of two kinds in one bracket");
    for (from, _) in whole.char_indices() {
        for (to, _) in whole.char_indices().skip_while(|(to, _)| *to < from) {
            let _ =
                JsonPath::parse(&format!("${}", &whole[from..to])).map(|path| path.find(&json!({"k": [[1]]})).is_ok());
        }
    }
}
