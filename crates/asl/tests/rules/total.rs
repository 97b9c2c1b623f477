//! Reading ends and never panics, whatever the bytes.

use asl::{Options, Substitutions, aws, parse, parse_state};

/// Definitions that use most of the language.
const SEEDS: &[&str] = &[
    r#"{"Comment": "é😀", "StartAt": "A", "TimeoutSeconds": 10, "States": {
        "A": {"Type": "Task", "Resource": "${Fn}", "Parameters": {"x.$": "States.Format('{}\u00e9', $.a['b'][0])", "y": [1.5e3]},
              "ResultSelector": {"r.$": "$$.Execution.Id"}, "ResultPath": "$.a.b[1]", "TimeoutSeconds": 5,
              "Retry": [{"ErrorEquals": ["States.ALL"], "BackoffRate": 1.5, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"}],
              "Catch": [{"ErrorEquals": ["A"], "Next": "F", "ResultPath": "$.e"}], "Next": "C"},
        "C": {"Type": "Choice", "Default": "W", "Choices": [
              {"And": [{"Variable": "$.x", "StringMatches": "a*"}, {"Not": {"Variable": "$.y", "IsPresent": true}}], "Next": "W"},
              {"Variable": "$v", "TimestampLessThanPath": "$.t", "Next": "P", "Assign": {"q": 1}}]},
        "W": {"Type": "Wait", "Timestamp": "2016-08-18T17:33:00Z", "End": true},
        "P": {"Type": "Parallel", "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "Result": null, "End": true}}}],
              "Next": "M"},
        "M": {"Type": "Map", "ItemsPath": "$.i", "MaxConcurrency": 2, "ItemSelector": {"a.$": "$$.Map.Item.Value"}, "End": true,
              "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "S", "States": {"S": {"Type": "Succeed"}}}},
        "F": {"Type": "Fail", "ErrorPath": "$.e", "Cause": "c"}}}"#,
    r#"{"QueryLanguage": "JSONata", "StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "HeartbeatSeconds": "{% $n %}",
              "Arguments": {"a": "{% $states.input.x[y = 'z'] %}", "b": ["{% /* c */ $match($s, /a\\/b/) %}"]},
              "Output": "{% $merge([$states.input, {'r': $states.result}]) %}", "Assign": {"v": "{% $sum([1..3]) %}"},
              "Catch": [{"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "C"}], "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Condition": "{% $v > 1 %}", "Next": "M"}], "Default": "M", "Output": null},
        "M": {"Type": "Map", "Items": "{% [1..2] %}", "End": true, "Label": "L",
              "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Arguments": {"Bucket": "b", "Key": "k"},
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": "{% 2 %}"}},
              "ItemBatcher": {"MaxItemsPerBatch": 3}, "ToleratedFailurePercentage": 5,
              "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": "b"}},
              "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
                "StartAt": "S", "States": {"S": {"Type": "Succeed", "Output": {}}}}}}}"#,
];

/// A stream of numbers that is the same in each run (Knuth's MMIX generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % limit
    }
}

/// Reads the text in each way, and checks what must hold of any answer.
fn read(text: &str) {
    let values = Substitutions::Values([("Fn".to_owned(), "arn:aws:states:::lambda:invoke".to_owned())].into());
    for options in [Options::default(), Options { substitutions: values, express: true, ..Options::default() }] {
        for parsed in [parse(text, &options), parse_state("S", text, &options)] {
            let refused = parsed.diagnostics.iter().any(diagnostic::Diagnostic::is_error);
            assert_eq!(parsed.machine.is_none(), refused, "{text}");
            assert_eq!(aws::invalid_definition(&parsed.diagnostics).is_some(), refused);
            for problem in &parsed.diagnostics {
                assert!(text.get(problem.span.clone()).is_some(), "{problem:?} in {text}");
            }
        }
    }
}

#[test]
fn the_seeds_are_sound() {
    for seed in SEEDS {
        let parsed = parse(seed, &Options::default());
        assert!(parsed.machine.is_some(), "{:?}", parsed.diagnostics);
    }
}

#[test]
fn a_text_may_end_anywhere() {
    for seed in SEEDS {
        for end in (0..seed.len()).filter(|end| seed.is_char_boundary(*end)).step_by(3) {
            read(&seed[..end]);
        }
    }
}

#[test]
fn any_byte_may_be_another() {
    const BYTES: &[u8] = b"\"\\{}[],:$.*%@?'(~/ 0-9eE\n\x00\x7fu";
    let mut numbers = Numbers(7);
    for seed in SEEDS {
        for _ in 0..600 {
            let mut bytes = seed.as_bytes().to_vec();
            for _ in 0..=numbers.below(3) {
                let at = numbers.below(bytes.len());
                match numbers.below(3) {
                    0 => bytes[at] = BYTES[numbers.below(BYTES.len())],
                    1 => bytes.insert(at, BYTES[numbers.below(BYTES.len())]),
                    _ => drop(bytes.remove(at)),
                }
            }
            read(&String::from_utf8_lossy(&bytes));
        }
    }
}

/// Whether the change of a value in a sound definition is survived, not only that of its text.
#[test]
fn any_value_may_be_another() {
    let others = [
        "null",
        "true",
        "-1",
        "1e400",
        "18446744073709551616",
        "0.5",
        "\"\"",
        "\"$\"",
        "\"$.\"",
        "\"$$\"",
        "\"{%\"",
        "\"{%%}\"",
        "\"{% %}\"",
        "\"${X}\"",
        "\"States.Format(\"",
        "[]",
        "{}",
        "[[]]",
        "{\"\": {}}",
        "{\".$\": \"$\"}",
        "\"\\ud800\"",
        "\"\\u0000\"",
    ];
    for seed in SEEDS {
        let document: serde_json::Value = serde_json::from_str(seed).expect("a seed is JSON");
        let mut pointers = Vec::new();
        collect(&document, String::new(), &mut pointers);
        for pointer in pointers {
            let Some(span) = asl::span_of(seed, &pointer, None) else { panic!("{pointer} leads nowhere") };
            for other in others {
                read(&format!("{}{other}{}", &seed[..span.start], &seed[span.end..]));
            }
        }
    }
}

fn collect(value: &serde_json::Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{pointer}/{index}"), pointers);
            }
        }
        serde_json::Value::Object(fields) => {
            for (name, field) in fields {
                collect(field, format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), pointers);
            }
        }
        _ => {}
    }
    pointers.push(pointer);
}
