use serde_json::json;

use super::*;
use crate::expression::testing::Fixture;

/// The value of a call, with `input` as what `$` stands for.
fn value(call: &str, input: Value) -> Result<Value, EvalError> {
    Intrinsic::parse(call)
        .unwrap_or_else(|error| panic!("{call}: {error} at {}", error.offset))
        .evaluate(&Fixture::new(input))
}

/// The value of a function of `$.a`, `$.b` and `$.c`.
fn applied(function: &str, arguments: &[Value]) -> Result<Value, EvalError> {
    let names = &["a", "b", "c"][..arguments.len()];
    let paths: Vec<String> = names.iter().map(|name| format!("$.{name}")).collect();
    let input = names.iter().zip(arguments).map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    value(&format!("States.{function}({})", paths.join(", ")), Value::Object(input))
}

#[test]
fn functions_make_values() {
    for (function, arguments, expected) in [
        ("Array", json!([]), json!([])),
        ("Array", json!([1, "a", [null]]), json!([1, "a", [null]])),
        ("ArrayPartition", json!([[1, 2, 3, 4, 5], 2]), json!([[1, 2], [3, 4], [5]])),
        ("ArrayPartition", json!([[1, 2, 3], 2.9]), json!([[1, 2], [3]])),
        ("ArrayPartition", json!([[], 4]), json!([])),
        ("ArrayContains", json!([[1, 2, 3], 2]), json!(true)),
        ("ArrayContains", json!([["true"], true]), json!(true)),
        ("ArrayContains", json!([[{"a": 1, "b": 2}], {"b": 2, "a": 1}]), json!(false)),
        ("ArrayContains", json!([[], null]), json!(false)),
        ("ArrayRange", json!([1, 9, 2]), json!([1, 3, 5, 7, 9])),
        ("ArrayRange", json!([0, 9, 3]), json!([0, 3, 6, 9])),
        ("ArrayRange", json!([0, 8.9, 3.9]), json!([0, 3, 6])),
        ("ArrayRange", json!([3, 0, -2]), json!([3, 1])),
        ("ArrayRange", json!([1, 1, 5]), json!([1])),
        ("ArrayRange", json!([5, 1, 1]), json!([])),
        ("ArrayGetItem", json!([[1, 2, 3], 1]), json!(2)),
        ("ArrayGetItem", json!([[1, 2, 3], 2.9]), json!(3)),
        ("ArrayGetItem", json!([[], 7]), json!(null)),
        ("ArrayLength", json!([[1, [2, 3]]]), json!(2)),
        ("ArrayUnique", json!([[1, 2, 3, 3, 3, 3, 3, 3, 4]]), json!([1, 2, 3, 4])),
        ("Base64Encode", json!(["Data to encode"]), json!("RGF0YSB0byBlbmNvZGU=")),
        ("Base64Encode", json!([""]), json!("")),
        ("Base64Decode", json!(["RGF0YSB0byBlbmNvZGU="]), json!("Data to encode")),
        ("Base64Decode", json!(["RGF0YSB0byBlbmNvZGU"]), json!("Data to encode")),
        ("Base64Decode", json!(["w6k="]), json!("é")),
        ("Base64Decode", json!(["**"]), json!("")),
        ("Hash", json!(["input data", "MD5"]), json!("812f45842bc6d66ee14572ce20db8e86")),
        ("Hash", json!(["input data", "SHA-1"]), json!("aaff4a450a104cd177d28d18d74485e8cae074b7")),
        (
            "Hash",
            json!(["input data", "SHA-256"]),
            json!("b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3"),
        ),
        ("Hash", json!([1.5, "MD5"]), json!("6008647277c4454cecd97d33c069f0ca")),
        ("JsonMerge", json!([{"a": {"x": 1}, "b": 1}, {"a": {"y": 2}}, false]), json!({"a": {"y": 2}, "b": 1})),
        ("JsonMerge", json!([{"a": 1}, {}, "no"]), json!({"a": 1})),
        ("StringToJson", json!(["{\"a\": [1, 2.50, null]}"]), json!({"a": [1, 2.5, null]})),
        ("StringToJson", json!(["  "]), json!(null)),
        ("StringToJson", json!(["-0"]), json!(0)),
        ("JsonToString", json!([{"b": 1, "a": ["x", null]}]), json!("{\"b\":1,\"a\":[\"x\",null]}")),
        ("JsonToString", json!(["x"]), json!("\"x\"")),
        ("MathAdd", json!([111, -1]), json!(110)),
        ("MathAdd", json!([1.5, 1.51]), json!(4)),
        ("MathAdd", json!([-1.5, -1.51]), json!(-3)),
        ("MathAdd", json!([0.49, 0]), json!(0)),
        ("StringSplit", json!(["1,2,3,4,5", ","]), json!(["1", "2", "3", "4", "5"])),
        ("StringSplit", json!(["This.is+a,test=string", ".+,="]), json!(["This", "is", "a", "test", "string"])),
        ("StringSplit", json!([",,a,,b,", ","]), json!(["a", "b"])),
        ("StringSplit", json!(["abc", ""]), json!(["abc"])),
        ("Format", json!(["{}-{}", "x", 1]), json!("x-1")),
        ("Format", json!(["<{}>", {"Arg1": 1, "Arg2": []}]), json!("<{Arg1=1, Arg2=[]}>")),
        ("Format", json!(["{} {}", null, 1.1]), json!("null 1.1")),
    ] {
        let arguments = arguments.as_array().expect("a list");
        assert_eq!(applied(function, arguments), Ok(expected), "States.{function}({arguments:?})");
    }
}

#[test]
fn wrong_arguments_are_refused() {
    for (function, arguments) in [
        ("ArrayPartition", json!([[1], 0])),
        ("ArrayPartition", json!([[1], -1])),
        ("ArrayPartition", json!([{}, 1])),
        ("ArrayContains", json!(["abc", "a"])),
        ("ArrayRange", json!([1, 5, 0])),
        ("ArrayRange", json!([0, 1000, 1])),
        ("ArrayRange", json!(["0", 5, 1])),
        ("ArrayGetItem", json!([[1], 1])),
        ("ArrayGetItem", json!([[1], -1])),
        ("ArrayLength", json!([null])),
        ("Base64Encode", json!([1])),
        ("Base64Encode", json!(["x".repeat(10_001)])),
        ("Hash", json!([null, "MD5"])),
        ("Hash", json!(["x", "md5"])),
        ("JsonMerge", json!([{}, {}, true])),
        ("JsonMerge", json!([{}, [], false])),
        ("StringToJson", json!(["{"])),
        ("StringToJson", json!([1])),
        ("MathAdd", json!(["1", 2])),
        ("MathAdd", json!([2_147_483_647, 1])),
        ("MathAdd", json!([2_147_483_648_u32, -1])),
        ("MathRandom", json!([5, 5])),
        ("MathRandom", json!([5, 1])),
        ("StringSplit", json!(["a", null])),
    ] {
        let arguments = arguments.as_array().expect("a list");
        let error = applied(function, arguments).expect_err(function).to_string();
        assert!(
            error.ends_with(&format!("had the following error: Invalid arguments in States.{function}")),
            "{error}"
        );
    }
}

/// The longest things that AWS takes.
#[test]
fn limits_are_inclusive() {
    assert_eq!(
        applied("ArrayRange", &[json!(1), json!(1000), json!(1)]).expect("a thousand").as_array().map(Vec::len),
        Some(1000)
    );
    for function in ["Base64Encode", "Base64Decode"] {
        assert!(applied(function, &[json!("x".repeat(10_000))]).is_ok());
        assert!(applied(function, &[json!("é".repeat(10_000))]).is_ok());
    }
}

/// `generic--escape_sequence.json`, `base_scenarios--escape_sequence_parsing-*.json` and the documentation's own examples.
#[test]
fn arguments_are_written_in_many_ways() {
    let input = json!({"n": 5, "name": "Jo", "list": [{"k": "a,b"}, {"k": "c)"}]});
    for (call, expected) in [
        ("States.Array()", json!([])),
        ("States.Array( 1 , -2.5,1e2, true,false ,null, 'x')", json!([1, -2.5, 100.0, true, false, null, "x"])),
        (
            "States.Array('it\\'s', 'a\\\\b', '\\{\\}', '\"', 'a,b)c', '\n')",
            json!(["it's", "a\\b", "{}", "\"", "a,b)c", "\n"]),
        ),
        ("States.Array($.n, $['name'], $.list[*].k)", json!([5, "Jo", ["a,b", "c)"]])),
        ("States.Array($.list[?(@.k == 'a,b')].k, $.list.length())", json!([["a,b"], 2])),
        ("States.ArrayGetItem(States.StringSplit('a-b-c', '-'), States.MathAdd(1, 1))", json!("c")),
        ("States.Format('Hello, my name is {}.', $.name)", json!("Hello, my name is Jo.")),
        ("States.Format('\\{{}\\} \\\\ it\\'s {}', 'x{', $.n)", json!("{x{} \\ it's 5")),
        ("States.Format('{}', States.StringToJson('\\{\"a\":1\\}'))", json!("{\"a\":1}")),
        ("States.JsonMerge(States.StringToJson('{\"a\": \"b\"}'), $.list[0], false)", json!({"a": "b", "k": "a,b"})),
    ] {
        assert_eq!(value(call, input.clone()), Ok(expected), "{call}");
    }
}

#[test]
fn a_failure_repeats_the_whole_call() {
    let env = Fixture::new(json!({"a": {"n": 1}, "list": [1]})).with_context(json!({"Execution": {}}));
    for (call, failure) in [
        (
            "States.Format('{}', $.x)",
            "The JsonPath argument for the field '$.x' could not be found in the input '{\"a\":{\"n\":1},\"list\":[1]}'",
        ),
        (
            "States.Array($$.Execution.Id)",
            "The JsonPath argument for the field '$.Execution.Id' could not be found in the input \
             '{\"a\":{\"n\":1},\"list\":[1]}'",
        ),
        (
            "States.Array(States.Array($.list[4]))",
            "The JsonPath argument for the field '$.list[4]' could not be found in the input \
             '{\"a\":{\"n\":1},\"list\":[1]}'",
        ),
        ("States.Array($.a.n[0])", "Filter: [0] can only be applied to arrays. Current context is: 1"),
        ("States.Array(States.ArrayLength($.a))", "Invalid arguments in States.ArrayLength"),
        (
            "States.Format('{}')",
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
        ),
        (
            "States.Format('x', 1)",
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
        ),
        ("States.Format('{', 1)", "Invalid template in States.Format: matching '}' not found for '{'."),
        ("States.Format('}', 1)", "Invalid template in States.Format: matching '{' not found for '}'."),
        ("States.Format($.a, 1)", "Invalid arguments in States.Format"),
    ] {
        let error = Intrinsic::parse(call).expect(call).evaluate(&env).expect_err(call);
        assert_eq!(error.to_string(), format!("The function '{call}' had the following error: {failure}"));
    }
}

#[test]
fn dice_come_from_the_environment() {
    let env = Fixture::new(json!({}));
    let drawn = |call: &str| Intrinsic::parse(call).expect(call).evaluate(&env).expect(call);
    for _ in 0..200 {
        let number = drawn("States.MathRandom(-3, 3)").as_i64().expect("an integer");
        assert!((-3..3).contains(&number), "{number}");
    }
    // What `new java.util.Random(seed).nextInt(end - start)` draws.
    for (call, number) in [
        ("States.MathRandom(0, 999, 3)", 239),
        ("States.MathRandom(0, 10, 42)", 0),
        ("States.MathRandom(100, 110, 42)", 100),
        ("States.MathRandom(0, 100, 0)", 60),
    ] {
        assert_eq!(drawn(call), json!(number), "{call}");
    }
    let uuids = [drawn("States.UUID()"), drawn("States.UUID()")];
    assert_ne!(uuids[0], uuids[1]);
    for uuid in &uuids {
        let uuid = uuid.as_str().expect("a text");
        assert_eq!((uuid.len(), &uuid[14..15]), (36, "4"), "{uuid}");
    }
}

#[test]
fn what_is_no_call_says_what_and_where() {
    let deep = format!("{}1{}", "States.Array(".repeat(11), ")".repeat(11));
    for (call, offset, message) in [
        ("", 0, "expected a path or an intrinsic function"),
        ("'x'", 0, "expected a path or an intrinsic function, found '''"),
        ("hello", 0, "there is no intrinsic function 'hello'; paths start with '$', functions with 'States.'"),
        ("States.Fromat('x')", 0, "there is no intrinsic function 'States.Fromat'; did you mean States.Format?"),
        ("States.Array(States.UUDI())", 13, "there is no intrinsic function 'States.UUDI'; did you mean States.UUID?"),
        ("States.Array", 12, "expected '(' after States.Array"),
        ("States.Array(1", 12, "'(' is never closed"),
        ("States.Array(1) ", 15, "nothing can follow the closing ')'"),
        ("States.Array(1,)", 15, "expected an argument after ','"),
        ("States.Array(,1)", 13, "expected an argument"),
        ("States.Array('a' 'b')", 17, "expected ',' or ')' after an argument"),
        ("States.Array(\"a\")", 13, "write texts in single quotes"),
        ("States.Array('a)", 13, "a text is never closed with '"),
        ("States.Array('a\\n')", 15, r"a backslash can only stand before ', {, } or another backslash"),
        ("States.Array([1])", 13, "an argument can't be a JSON array or object; use a path or another function"),
        (
            "States.Array(foo)",
            13,
            "'foo' is not an argument: a path, a text in single quotes, a number, true, false, null or another \
             intrinsic function is",
        ),
        ("States.Array($.a.)", 17, "a path can't end with '.'"),
        ("States.MathAdd(1)", 0, "States.MathAdd takes 2 arguments, not 1"),
        ("States.MathRandom(1)", 0, "States.MathRandom takes 2 or 3 arguments, not 1"),
        ("States.ArrayLength()", 0, "States.ArrayLength takes 1 argument, not 0"),
        ("States.Format()", 0, "States.Format takes at least 1 argument, not 0"),
        (&deep, 130, "intrinsic functions can be nested 10 deep at the most"),
    ] {
        let error = Intrinsic::parse(call).expect_err(call);
        assert_eq!((error.offset, error.message.as_str()), (offset, message), "{call}");
    }
}

#[test]
fn a_call_lists_its_paths() {
    let call = Intrinsic::parse("States.Format('{}{}', $.a, States.Array($$.b, $c[0]))").expect("a call");
    assert_eq!(call.name(), "States.Format");
    assert_eq!(call.paths().iter().map(|path| path.source()).collect::<Vec<_>>(), ["$.a", "$$.b", "$c[0]"]);
}
