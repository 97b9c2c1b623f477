use std::time::Instant;

use serde_json::json;

use super::messages::{MEMORY, STACK, TIMEOUT};
use super::*;
use crate::expression::testing::Fixture;

fn states_input() -> Value {
    json!({
        "a": {"b": [1, 2, {"c": 3}], "x": null},
        "n": [5, 1, 4],
        "nested": [[1], [2, [3]]],
        "objects": [{"k": 1, "l": 2}, {"k": 3}, {"k": 3, "l": "x"}],
        "s": "text",
    })
}

fn fixture() -> Fixture {
    Fixture::new(states_input())
        .with_context(json!({"Execution": {"Name": "e"}}))
        .with_variable("v", json!({"w": 7}))
        .with_variable("whole", json!({"input": states_input(), "context": {"Execution": {"Name": "e"}}}))
}

fn evaluate(query: &str) -> Result<Value, EvalError> {
    Jsonata::compile(query).unwrap_or_else(|error| panic!("{query}: {error}")).evaluate(&fixture(), "Output")
}

/// What follows the sentence's beginning, which repeats the query and the field.
fn failure(query: &str) -> String {
    let error = evaluate(query).expect_err(query).to_string();
    let subject = format!("The JSONata expression '{query}' specified for the field 'Output' ");
    error.strip_prefix(&subject).unwrap_or_else(|| panic!("{error}")).to_owned()
}

#[test]
fn queries_have_values() {
    for (query, expected) in [
        ("$states.input.a.b[2].c", json!(3)),
        ("$states.input.objects[k=3]", json!([{"k": 3}, {"k": 3, "l": "x"}])),
        ("$states.context.Execution.Name", json!("e")),
        ("$v.w + 1", json!(8)),
        ("($v := 2; $v)", json!(2)),
        ("{'a': [1, $nothing], 'b': $nothing, 'c': null}", json!({"a": [1], "c": null})),
        ("2.0", json!(2)),
        ("-0", json!(0)),
        ("0.5", json!(0.5)),
        ("9007199254740992 + 2", json!(9_007_199_254_740_994_i64)),
        ("1/0", json!("Infinity")),
        ("-1/0", json!("-Infinity")),
        ("$now()", json!("2023-11-14T22:13:20.123Z")),
        ("$now('[Y]')", json!("2023")),
        ("$millis()", json!(1_700_000_000_123_i64)),
        ("$map([1, 2], function($x) { $millis() - $x })", json!([1_700_000_000_122_i64, 1_700_000_000_121_i64])),
    ] {
        assert_eq!(evaluate(query), Ok(expected), "{query}");
    }
}

/// <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-step-functions>
#[test]
fn aws_functions_are_there() {
    for (query, expected) in [
        ("$partition([1,2,3,4], 2)", json!([[1, 2], [3, 4]])),
        ("$partition([1,2,3], 2.9)", json!([[1, 2], [3]])),
        ("$partition([0], 3)", json!([[0]])),
        ("$range(0, 10, 2)", json!([0, 2, 4, 6, 8, 10])),
        ("$range(5, 1, -3)", json!([5, 2])),
        ("$range(1, 1, 5)", json!(1)),
        ("$hash('input data', 'SHA-1')", json!("aaff4a450a104cd177d28d18d74485e8cae074b7")),
        ("$random(42)", json!(0.727_563_680_032_868_1)),
        ("$parse('{\"a\": [1, null]}')", json!({"a": [1, null]})),
        ("$length($uuid())", json!(36)),
        ("$uuid() = $uuid()", json!(false)),
        ("$sum($map([1..50], function($i) { ($r := $random(); $r >= 0 and $r < 1 ? 0 : 1) }))", json!(0)),
        ("$sort($shuffle([1, 2, 3]))", json!([1, 2, 3])),
    ] {
        assert_eq!(evaluate(query), Ok(expected), "{query}");
    }
    for (query, thrown) in [
        ("$hash('a', 'md5')", "D3137: Hash algorithm 'md5' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"),
        ("$hash(1, 'MD5')", "T0410: Argument 1 of function \"hash\" does not match function signature"),
        ("$partition(1, 2)", "T0412: Argument 1 of function \"partition\" must be an array of undefined"),
        ("$partition([1], -1)", "D3137: Second argument must be zero or greater"),
        ("$range('a', 2, 1)", "T0410: Argument 1 of function \"range\" does not match function signature"),
        ("$parse('{')", "D3137: Invalid JSON"),
        ("$parse('{\"a\":1,\"a\":2}')", "D3137: Invalid JSON"),
        ("$eval('1')", "T1006: Attempted to invoke a non-function"),
        ("$map(['1'], $eval)", "T1006: Attempted to invoke a non-function"),
    ] {
        assert_eq!(failure(query), format!("threw an error during evaluation. {thrown}"), "{query}");
    }
    for query in ["$range(1, 2, 0)", "$range(2, 1, 1)", "$partition([], 2)", "$partition([1], 0)", "$parse($nothing)"] {
        assert_eq!(failure(query), "returned nothing (undefined).", "{query}");
    }
}

/// What AWS answered is marked with floci's issue; the others are jsonata-js's sentences, as these are.
#[test]
fn errors_have_the_sentences_of_aws() {
    for (query, thrown) in [
        // floci 2736
        ("$abs('a')", "T0410: Argument 1 of function \"abs\" does not match function signature"),
        // floci 2668
        ("$sum('a')", "T0412: Argument 1 of function \"sum\" must be an array of \"numbers\""),
        // floci 2737
        (
            "$formatNumber(1, 'x')",
            "D3086: The sub-picture must not contain a passive character that is preceded by an active character and that \
             is followed by another active character",
        ),
        ("1 + 'a'", "T2002: The right side of the \"+\" operator must evaluate to a number"),
        ("'a' - 1", "T2001: The left side of the \"-\" operator must evaluate to a number"),
        ("['a'..2]", "T2003: The left side of the range operator (..) must evaluate to an integer"),
        ("[1..1.5]", "T2004: The right side of the range operator (..) must evaluate to an integer"),
        ("$abs(1, 2)", "T0410: Argument 2 of function \"abs\" does not match function signature"),
        ("$string(1, true, 3)", "T0410: Argument 3 of function \"string\" does not match function signature"),
        ("$map([1])", "T0410: Argument 2 of function \"map\" does not match function signature"),
        ("$count()", "T0410: Argument 1 of function \"count\" does not match function signature"),
        ("$split(1, 2)", "T0410: Argument 1 of function \"split\" does not match function signature"),
        ("$match('a', 'b')", "T0410: Argument 2 of function \"match\" does not match function signature"),
        ("$formatNumber('a', 'b')", "T0410: Argument 2 of function \"formatNumber\" does not match function signature"),
        ("$join([1])", "T0412: Argument 1 of function \"join\" must be an array of \"strings\""),
        ("$merge(1)", "T0412: Argument 1 of function \"merge\" must be an array of \"objects\""),
        ("$number('x \"y\"')", "D3030: Unable to cast value to a number: \"x \\\"y\\\"\""),
        (
            "$formatBase(1, 40)",
            "D3100: The radix of the formatBase function must be between 2 and 36.  It was given 40",
        ),
        (
            "$formatInteger(1, 'x')",
            "D3130: Formatting or parsing an integer as a sequence starting with \"x\" is not supported by this \
             implementation",
        ),
        (
            "$single([1, 2])",
            "D3138: The $single() function expected exactly 1 matching result.  Instead it matched more.",
        ),
        ("$replace('a', '', 'b')", "D3010: Second argument of replace function cannot be an empty string"),
        // Two functions of the query may take a number first: which of them it was, nobody tells.
        ("$abs('a') + $floor(1)", "T0410: Argument 1 must be Number"),
        // Of these two only one does.
        ("$abs($uppercase('a'))", "T0410: Argument 1 of function \"abs\" does not match function signature"),
    ] {
        assert_eq!(failure(query), format!("threw an error during evaluation. {thrown}"), "{query}");
    }
}

/// `assign_reference_variables--undefined_reference-*.json`, `math_operations_jsonata--math_random_seeded.json`
#[test]
fn failures_are_told_in_the_words_of_aws() {
    let returned = |kind: &str| format!("returned an unexpected result type. Expected a JSON value, but was '{kind}'.");
    for (query, told) in [
        ("$doesNotExist", "returned nothing (undefined).".to_owned()),
        ("$states.input.a.y", "returned nothing (undefined).".to_owned()),
        ("$", "returned nothing (undefined).".to_owned()),
        ("$randomSeeded(1)", "threw an error during evaluation. T1006: Attempted to invoke a non-function".to_owned()),
        ("$error('no')", "threw an error during evaluation. D3137: no".to_owned()),
        (
            "'a' + 1",
            "threw an error during evaluation. T2001: The left side of the \"+\" operator must evaluate to a number"
                .to_owned(),
        ),
        ("function($x) { $x }", returned("function")),
        ("[{'f': $sum}]", returned("function")),
        ("/a/", returned("regex")),
    ] {
        assert_eq!(failure(query), told, "{query}");
    }
    let located = Jsonata::compile("{% $doesNotExist %}").expect("a query").evaluate(&fixture(), "Assign/result");
    let message = "The JSONata expression '$doesNotExist' specified for the field 'Assign/result' returned nothing \
                   (undefined).";
    assert_eq!(located, Err(EvalError::Query { message: message.to_owned(), location: "Assign/result".to_owned() }));
}

#[test]
fn evaluation_is_bounded() {
    let recursion = |times: u32| format!("($f := function($x) {{ $x <= 0 ? 0 : 1 + $f($x - 1) }}; $f({times}))");
    assert_eq!(evaluate(&recursion(31)), Ok(json!(31)));
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    for query in [recursion(32), recursion(1_000_000), deep] {
        assert_eq!(failure(&query), format!("threw an error during evaluation: {STACK}"));
    }
    assert_eq!(evaluate("$count([1..873782])"), Ok(json!(873_782)));
    for query in ["$count([1..873783])", "[1..9000000000]", "$pad('x', 8000000)"] {
        assert_eq!(failure(query), format!("threw an error during evaluation: {MEMORY}"));
    }
    let doubling = |step: &str| format!("($f := function($x, $n) {{ $n = 0 ? $x : $f({step}, $n - 1) }}; $f('x', 60))");
    for query in [
        doubling("$x & $x"),
        doubling("$string([$x, $x])"),
        doubling("$string({'a': $x, 'b': $x})"),
        doubling("[$x, $x]"),
        doubling("[[$x], [$x]]"),
        doubling("$join([$x, $x])"),
        doubling("[$x, $x] ~> $join('-')"),
        doubling("$map([$x], $string) & $x"),
        doubling("$replace($x, 'x', 'xx')"),
        doubling("$x ~> function($y) { $y & $y }"),
        doubling("$x.($ & $)"),
        "$pad('x', 100 * 1000000000)".to_owned(),
        "($p := $pad('x', ?); $p(100000000000))".to_owned(),
        "100000000000 ~> $pad('x', ?)".to_owned(),
        "$join(['x', 'y', 'z'], $pad('', 7000000, '-'))".to_owned(),
        "$map([1..800000], function($i) { [1..800000] })".to_owned(),
        "($a := [1..800000]; $map($a, function($i) { $reverse($a) }))".to_owned(),
        "($big := $pad('', 7000000); $map([1..800000], function($i) { $i & $big }))".to_owned(),
        "($a := $pad('', 4000000); $b := $a & $a; $c := $b & $b; $length($c))".to_owned(),
    ] {
        let told = failure(&query);
        // Which of the two comes first depends on the machine.
        let stopped = told.ends_with(MEMORY) || told.ends_with(TIMEOUT);
        assert!(stopped, "{query}: {told}");
    }
    let nested = doubling("{'a': $x, 'b': $x}");
    assert_eq!(failure(&nested), format!("threw an error during evaluation: {MEMORY}"), "no text, but no value either");
    let started = Instant::now();
    let endless = "($f := function() { $f() }; $f())";
    assert_eq!(failure(endless), format!("threw an error during evaluation: {TIMEOUT}"));
    assert!(started.elapsed().as_millis() < 4 * u128::from(TIMEOUT_MILLIS));
}

#[test]
fn what_is_weighed_stays_what_it_is() {
    for (query, value) in [
        ("'a' & $missing & 1 & [1] & null", json!("a1[1]null")),
        ("($x := [1, 2]; [$x, [$x], $missing, 3])", json!([1, 2, [1, 2], 3])),
        ("($o := {'a': [1, [2]]}; [$o.a, $o.a[1]])", json!([1, [2], 2])),
        ("$map([1, 'a', [2]], $string)", json!(["1", "a", "[2]"])),
        ("[1, 2] ~> $string", json!("[1,2]")),
        ("['a', 'b'] ~> $join('-')", json!("a-b")),
        ("$join('a', '-') & $join(['b'])", json!("ab")),
        ("($p := $pad(?, 3, '.'); $p('a'))", json!("a..")),
        ("$map(['ab', 'cd'], $replace(?, 'b', 'x'))", json!(["ax", "cd"])),
        ("$replace('abc', /b/, function($m) { $m.match & $m.match })", json!("abbc")),
        ("($string := function($x) { 'own' }; $string(1) & $map([1], $string))", json!("ownown")),
        ("$pad('a', -3)", json!("  a")),
        ("$string({'a': 1}, true)", json!("{\n  \"a\": 1\n}")),
        ("$states.input.s.$string() & $states.input.(s.$pad(6, '.'))", json!("texttext..")),
    ] {
        assert_eq!(evaluate(query), Ok(value), "{query}");
    }
}

/// What the machine's clock says must not matter.
#[test]
fn a_time_without_its_date_is_one_of_the_executions_day() {
    let now = fixture().now_millis();
    let day = now - now.rem_euclid(86_400_000);
    for (query, expected) in [
        ("$toMillis('13:45', '[H]:[m]')", day + 49_500_000),
        ("'13:45' ~> $toMillis('[H]:[m]')", day + 49_500_000),
        ("$map(['13:45'], function($t) { $toMillis($t, '[H01]:[m01]') })", day + 49_500_000),
        ("$toMillis('1:45 PM', '[h]:[m] [P]')", day + 49_500_000),
        ("$toMillis('30', '[s]')", now - now.rem_euclid(60_000) + 30_000),
        ("$toMillis('1999-02-03', '[Y]-[M]-[D]')", 918_000_000_000),
        ("$toMillis('1970-01-01T00:00:01Z')", 1000),
        ("$toMillis('1970-032', '[Y]-[d]')", 31 * 86_400_000),
    ] {
        assert_eq!(evaluate(query), Ok(json!(expected)), "{query}");
    }
}

/// A query is handed only the parts of `$states` and of variables that it names, unless it also names the whole: both must
/// come to the same.
#[test]
fn a_part_is_as_good_as_the_whole() {
    for query in [
        "$states",
        "$states.input",
        "$states.input.s",
        "$states.*",
        "$states.input.**.c",
        "$states.input.a.b.c",
        "$states.input.a.b[0]",
        "$states.input.a.*",
        "$states.input.n^($)",
        "$states.input.n[$ > 1]",
        "$states.input.nested[1][1]",
        "$states.input.nested.($)",
        "$states.input.objects.k",
        "$states.input.objects[l=2]",
        "$states.input.objects[l=2].k",
        "$states.input.objects{k: l}",
        "$states.input.objects@$o.{'k': $o.k}",
        "$states.input.objects#$i.($i)",
        "$states.input.objects.%.s",
        "$states.input.objects.l.%.k",
        "$states.input.(n; s)",
        "$states.input.(a.b)",
        "$states.(input.s)",
        "$states.input ~> |a|{'z': 1}|",
        "($states).input.s",
        "$states[0].input.s",
        "$states['input'].input.s",
        "$states[input.s = 'text'].input.n",
        "[$states.input.s, $states.input.a.x, $states.context]",
        "$states.input.a.b[2].c + $states.input.a.b[0]",
        "$keys($states.input)",
        "$lookup($states.input, 's')",
        "($x := $states; $x.input.s)",
        "($x := $states.input; $x.s)",
        "$map($states.input.objects, function($o) { $o.k })",
        "$states.input.nothing",
        "$states.nothing.s",
        "$exists($states.input.a.y)",
        "$states.input.s.length",
    ] {
        let whole = evaluate(&format!("($states; {query})"));
        let variable = query.replace("$states", "$whole");
        for other in [evaluate(query), evaluate(&variable), evaluate(&format!("($whole; {variable})"))] {
            match (&whole, other) {
                (Ok(whole), Ok(other)) => assert_eq!(&other, whole, "{query}"),
                (whole, other) => assert_eq!(other.is_ok(), whole.is_ok(), "{query}"),
            }
        }
    }
}

#[test]
fn a_query_tells_what_it_refers_to() {
    for (query, variables, names) in [
        ("$states.input.a", &["states"][..], &[][..]),
        ("$b + $a + $b", &["a", "b"], &[]),
        ("($x := 1; $x + $y)", &["y"], &[]),
        ("$map($list, function($i) { $i + $bias })", &["bias", "list"], &[]),
        ("$map($list, $sum)", &["list"], &[]),
        ("$list@$x#$i.($x + $i)", &["list"], &[]),
        ("phone.number & name", &[], &["phone", "name"]),
        ("$states.input.phone[kind = 'x'].number", &["states"], &[]),
        ("{'a': b}", &[], &["b"]),
        ("$f(x, $y)", &["y"], &["x"]),
        ("1", &[], &[]),
    ] {
        let query = Jsonata::compile(query).expect(query);
        assert_eq!(query.variables().iter().map(|name| &**name).collect::<Vec<_>>(), variables, "{query:?}");
        assert_eq!(query.top_level_names().iter().map(|name| &**name).collect::<Vec<_>>(), names, "{query:?}");
    }
}

#[test]
fn what_is_no_query_says_what_and_where() {
    for (query, offset, message) in [
        ("", 0, "Unexpected end of expression"),
        ("{%  %}", 4, "Unexpected end of expression"),
        ("{% 1 + %}", 6, "Unexpected end of expression"),
        ("{% [1,2,,3] %}", 8, "The symbol \",\" cannot be used as a unary operator"),
        ("[1 2]", 3, "Expected \"]\", got \"2\""),
        ("(1", 2, "Expected \")\" before end of expression"),
        ("$a bcd", 3, "Syntax error: \"bcd\""),
        ("'ä' & \"abc", 7, "String literal must be terminated by a matching quote"),
    ] {
        let error = Jsonata::compile(query).expect_err(query);
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{query}");
    }
    assert_eq!(Jsonata::compile("{%  $a  %}").expect("a query").source(), "$a");
    assert!(Jsonata::compile(&"(".repeat(100_000)).is_err());
}

/// A query can build a value of any depth; neither making, reading nor dropping it may use up the stack.
#[test]
fn a_value_that_is_nested_too_deep_is_refused() {
    let env = Fixture::new(json!({}));
    for levels in [501, 20_000, 100_000] {
        let source = format!("$reduce([1..{levels}], function($inner, $x) {{ {{'a': $inner}} }}, 0)");
        let error = Jsonata::compile(&source).expect("a query").evaluate(&env, "Output").expect_err("too deep");
        let refused =
            ["nested more than", "evaluation timeout"].iter().any(|reason| error.to_string().contains(reason));
        assert!(refused, "{levels}: {error}");
    }
}

/// Found by random queries: jsonata-core adds these two without looking.
#[test]
fn a_fault_of_the_evaluator_is_an_error_of_the_query() {
    let query = Jsonata::compile("$substring('abc', 1, 1e300)").expect("a query");
    let error = query.evaluate(&Fixture::new(json!({})), "Output").expect_err("it has no sum").to_string();
    assert!(error.contains("The evaluator failed: attempt to add with overflow"), "{error}");
}

/// Found by random queries: a padding of two gigabytes. The others double a text until there is no memory left.
#[test]
fn a_text_that_grows_without_end_is_refused() {
    let growing = |grown: &str| format!("$reduce([1..90], function($text, $x) {{ {grown} }}, 'xx')");
    for source in [
        "$pad('x', 2000000000)".to_owned(),
        "'x' ~> $pad(-2000000000, 'ab')".to_owned(),
        growing("$text & $text"),
        growing("$join([$text, $text])"),
        growing("$replace($text, 'x', 'xx')"),
        growing("$replace($text, /x/, 'xx')"),
        growing("$string([$text, $text])"),
        growing("$base64encode($text & 'x')"),
        growing("$pad($text, $length($text) * 2)"),
        growing("($text ~> $string) & ($text ~> $string)"),
        "($double := function($text) { $double($text & $text) }; $double('x'))".to_owned(),
        "($double := function($text, $n) { $n = 0 ? $text : $double($text & $text, $n - 1) }; $double('x', 60))"
            .to_owned(),
        "$string($reduce([1..60], function($inner, $x) { [[$inner], [$inner]] }, 'x'))".to_owned(),
        "$reduce([1..60], function($inner, $x) { {'a': $inner, 'b': $inner} }, 'x') & ''".to_owned(),
    ] {
        let begun = std::time::Instant::now();
        let error = Jsonata::compile(&source).expect("a query").evaluate(&Fixture::new(json!({})), "Output");
        let error = error.expect_err(&source).to_string();
        // Where time is up before: a replacement at every place of a large text.
        let is_bounded = ["memory limit exceeded", "timeout"].iter().any(|bound| error.contains(bound));
        assert!(is_bounded, "{source}: {error}");
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{source}: {:?}", begun.elapsed());
    }
}

/// What is bounded is otherwise as it was.
#[test]
fn bounded_functions_do_what_they_did() {
    for (source, value) in [
        ("$pad('x', 3)", json!("x  ")),
        ("$pad('x', -3, '#')", json!("##x")),
        ("$states.input.a.$pad(4, '-')", json!("one-")),
        ("$map(['a', 'b'], function($text) { $text & '!' & $pad($text, 2, '.') })", json!(["a!a.", "b!b."])),
        ("$reduce(['a', 'b'], function($all, $text) { $join([$all, $text], '+') })", json!("a+b")),
        ("$map([1, 2], function($n) { $string($n) & $missing })", json!(["1", "2"])),
        ("$map(['a', 'b'], $pad(?, 2, '.'))", json!(["a.", "b."])),
    ] {
        let found = Jsonata::compile(source).expect("a query").evaluate(&Fixture::new(json!({"a": "one"})), "Output");
        assert_eq!(found.map_err(|error| error.to_string()), Ok(value), "{source}");
    }
}
