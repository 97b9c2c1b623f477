use serde_json::json;

use super::*;
use crate::expression::testing::Fixture;

fn fixture() -> Fixture {
    Fixture::new(json!({"a": {"b": 1}, "list": [1, 2]}))
        .with_context(json!({"Execution": {"Name": "e"}}))
        .with_variable("v", json!([7]))
}

#[test]
fn a_jsonpath_template_is_filled_in_at_any_depth() {
    let template = json!({
        "literal": {"path": "$.a", "n": [1, {"x": null}]},
        "path.$": "$.a.b",
        "context.$": "$$.Execution.Name",
        "variable.$": "$v[0]",
        "call.$": "States.Format('{}-{}', $.a.b, $v[0])",
        "many.$": "$.list[*]",
        "past the end.$": "$.list[5]",
        "nested": {"deep": [{"x.$": "$.a"}, "$.a", 3]},
        ".$": "$.list[0]",
    });
    let expected = json!({
        "literal": {"path": "$.a", "n": [1, {"x": null}]},
        "path": 1,
        "context": "e",
        "variable": 7,
        "call": "1-7",
        "many": [1, 2],
        "past the end": null,
        "nested": {"deep": [{"x": {"b": 1}}, "$.a", 3]},
        "": 1,
    });
    let compiled = Template::compile_jsonpath(&template).expect("a template");
    assert_eq!(compiled.evaluate(&fixture(), "Parameters"), Ok(expected));
    assert!(compiled.as_literal().is_none());
    let names = ["literal", "path", "context", "variable", "call", "many", "past the end", "nested", ""];
    assert_eq!(compiled.field_names().collect::<Vec<_>>(), names);
    assert_eq!(compiled.literal_field("literal"), Some(&template["literal"]));
    assert_eq!(compiled.literal_field("path"), None);
    assert_eq!(compiled.literal_field("nothing"), None);
}

#[test]
fn a_jsonata_template_is_filled_in_at_any_depth() {
    for (template, expected) in [
        (json!("{% $states.input.a.b + 1 %}"), json!(2)),
        (json!("{%$v%}"), json!([7])),
        (json!("$.a"), json!("$.a")),
        (json!("text {% 1 %} text"), json!("text {% 1 %} text")),
        (json!({"x.$": "$.a", "y": ["{% $v[0] %}", {"z": "{% 'q' %}"}]}), json!({"x.$": "$.a", "y": [7, {"z": "q"}]})),
        (json!(5), json!(5)),
    ] {
        let compiled = Template::compile_jsonata(&template).expect("a template");
        assert_eq!(compiled.evaluate(&fixture(), "Output"), Ok(expected), "{template}");
    }
}

#[test]
fn a_constant_template_is_shared() {
    for source in [json!({"a": [1, {"b": "$.x"}]}), json!([]), json!("x"), json!(null)] {
        for compiled in [Template::compile_jsonpath(&source), Template::compile_jsonata(&source)] {
            let compiled = compiled.expect("a template");
            let literal = compiled.as_literal().expect("constant");
            assert_eq!(**literal, source);
            assert!(Arc::ptr_eq(literal, &compiled.evaluate_shared(&fixture(), "Result").expect("a value")));
        }
    }
}

/// `base_scenarios--invalid_jsonpath-*.json`: the field is the innermost one, a path into the context object comes with the
/// context object.
#[test]
fn a_path_that_leads_nowhere_names_its_field_and_input() {
    let missing = |path: &str, field: &str, input: &str| EvalError::TemplatePath {
        path: path.to_owned(),
        field: field.to_owned(),
        input: input.to_owned(),
    };
    let input = r#"{"a":{"b":1},"list":[1,2]}"#;
    for (template, error) in [
        (json!({"x": {"y": [{"z.$": "$.no"}]}}), missing("$.no", "z.$", input)),
        (json!({"x.$": "$$.Execution.No"}), missing("$$.Execution.No", "x.$", r#"{"Execution":{"Name":"e"}}"#)),
        (json!({"x.$": "$w.y"}), missing("$w.y", "x.$", input)),
        (
            json!({"x.$": "$.a.b[0]"}),
            EvalError::Path {
                path: "$.a.b[0]".to_owned(),
                reason: "Filter: [0] can only be applied to arrays. Current context is: 1".to_owned(),
            },
        ),
        (
            json!({"x.$": "States.ArrayLength($.a)"}),
            EvalError::Intrinsic {
                message: "The function 'States.ArrayLength($.a)' had the following error: Invalid arguments in \
                          States.ArrayLength"
                    .to_owned(),
            },
        ),
    ] {
        let compiled = Template::compile_jsonpath(&template).expect("a template");
        assert_eq!(compiled.evaluate(&fixture(), "Parameters"), Err(error), "{template}");
    }
}

/// `assign_reference_variables--undefined_reference-*.json`
#[test]
fn a_query_that_fails_names_its_place() {
    for (template, place) in [
        (json!("{% $no %}"), "Output"),
        (json!({"result": "{% $no %}"}), "Output/result"),
        (json!({"a": [1, {"b": "{% $no %}"}]}), "Output/a[1]/b"),
    ] {
        let error = Template::compile_jsonata(&template).expect("a template").evaluate(&fixture(), "Output");
        let EvalError::Query { location, message } = error.expect_err("undefined") else { panic!("no query failed") };
        assert_eq!(location, place);
        assert!(message.contains(&format!("specified for the field '{place}' returned nothing")), "{message}");
    }
}

#[test]
fn all_faults_are_found_with_their_places() {
    let faults = |compiled: Result<Template, Vec<TemplateError>>| {
        let errors = compiled.expect_err("faulty");
        errors.into_iter().map(|error| (error.pointer, error.offset, error.message)).collect::<Vec<_>>()
    };
    let template = json!({"a.$": 1, "b/~": [{"c.$": "$.x."}], "d.$": "States.Foo()", "e.$": "$.fine", "f.$": "text"});
    let expected = [
        ("/a.$", 0, "the value of 'a.$' must be a string with a path or an intrinsic function"),
        ("/b~1~0/0/c.$", 4, "a path can't end with '.'"),
        ("/d.$", 0, "there is no intrinsic function 'States.Foo'; paths start with '$', functions with 'States.'"),
        ("/f.$", 0, "there is no intrinsic function 'text'; paths start with '$', functions with 'States.'"),
    ];
    assert_eq!(
        faults(Template::compile_jsonpath(&template)),
        expected.map(|(p, o, m)| (p.to_owned(), o, m.to_owned()))
    );

    let template = json!(["{% 1 + %}", {"x": "{% 1"}, "1 %}", "{% 1 %}"]);
    let expected = [
        ("/0", 6, "Unexpected end of expression"),
        ("/1/x", 4, "a query that starts with '{%' must end with '%}'"),
        ("/2", 0, "a query that ends with '%}' must start with '{%'"),
    ];
    assert_eq!(faults(Template::compile_jsonata(&template)), expected.map(|(p, o, m)| (p.to_owned(), o, m.to_owned())));
}

#[test]
fn expressions_come_with_their_pointers() {
    let shown = |template: &Template| {
        let expressions = template.expressions().map(|expression| match expression.kind {
            ExpressionKind::Path(path) => format!("{} path {}", expression.pointer, path.source()),
            ExpressionKind::Intrinsic(call) => format!("{} call {}", expression.pointer, call.name()),
            ExpressionKind::Jsonata(query) => format!("{} query {}", expression.pointer, query.source()),
        });
        expressions.collect::<Vec<_>>()
    };
    let template = json!({"FunctionName": "f", "a.$": "$.x", "b/c": [0, {"d.$": "States.UUID()"}]});
    let compiled = Template::compile_jsonpath(&template).expect("a template");
    assert_eq!(shown(&compiled), ["/a.$ path $.x", "/b~1c/1/d.$ call States.UUID"]);
    assert_eq!(compiled.literal_field("FunctionName"), Some(&json!("f")));

    let compiled = Template::compile_jsonata(&json!(["{% $a %}", {"b": "{% 1 %}"}])).expect("a template");
    assert_eq!(shown(&compiled), ["/0 query $a", "/1/b query 1"]);
    let compiled = Template::compile_jsonata(&json!("{% $a %}")).expect("a template");
    assert_eq!(shown(&compiled), [" query $a"]);
}
