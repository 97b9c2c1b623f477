//! The stack of whole templates: one of this crate's own that has every kind of resource, and the project's.

mod common;

use std::path::Path;

use sam::stack::Effect;

const SYSTEMS: &str = include_str!("fixtures/systems.yaml");

#[test]
fn a_template_of_every_kind_comes_to_this_stack() {
    let read = common::read(SYSTEMS);
    insta::assert_json_snapshot!(read.stack.expect("the template is one"));
    assert!(!read.diagnostics.iter().any(diagnostic::Diagnostic::is_error));
    let found: Vec<(&str, &str)> =
        read.diagnostics.iter().map(|found| (found.code, &SYSTEMS[found.span.clone()])).collect();
    assert_eq!(
        found,
        [
            (sam::codes::UNKNOWN_PROPERTY, "InlinePolicy"),
            (sam::codes::EVENT_UNSUPPORTED, "Stream"),
            (sam::codes::UNKNOWN_RESOURCE_TYPE, "AWS::Cognito::UserPool"),
            (sam::codes::UNKNOWN_ATTRIBUTE, "!GetAtt Pool.Arn"),
        ]
    );
}

#[test]
fn another_parameter_makes_another_stack() {
    let mut settings = common::settings();
    settings.parameters.insert("Environment".into(), "production".into());
    settings.parameters.insert("ApproverEmail".into(), "approver@shop.example".into());
    let stack = common::read_with(SYSTEMS, &settings).stack.expect("the template is one");
    let check_price = stack.function("CheckPriceFunction").expect("the function is there");
    assert_eq!(check_price.memory_mb, 512);
    assert_eq!(check_price.environment.get("LIVE_URL").map(String::as_str), Some("https://quotes.example"));
    assert_eq!(check_price.environment.get("FALLBACK"), None);
    let topic = &stack.topics[0];
    let protocols: Vec<&str> =
        stack.subscriptions_of(&topic.arn).map(|subscription| subscription.protocol.as_str()).collect();
    assert_eq!(protocols, ["email", "sqs"]);
    assert_eq!(stack.output("ProductionAlarmName"), Some("production"));
    assert!(stack.others.iter().any(|other| other.logical_id == "ProductionAlarm" && other.effect == Effect::Harmless));
    assert!(!stack.others.iter().any(|other| other.logical_id == "FailedAlarm"));
}

#[test]
fn every_place_is_that_of_a_logical_id_or_an_events_name() {
    let stack = common::read(SYSTEMS).stack.expect("the template is one");
    let at = |span: &sam::stack::Span| &SYSTEMS[span.clone()];
    for function in &stack.functions {
        assert_eq!(at(&function.span), function.logical_id);
        for event in &function.events {
            assert_eq!(at(&event.span), event.name);
        }
    }
    for machine in &stack.state_machines {
        assert_eq!(at(&machine.span), machine.logical_id);
        for (name, substitution) in &machine.substitutions {
            assert_eq!(at(&substitution.span), name);
        }
    }
    for api in stack.apis.iter().filter(|api| !api.implicit) {
        assert_eq!(at(&api.span), api.logical_id);
    }
    for route in stack.apis.iter().flat_map(|api| &api.routes) {
        assert_eq!(at(&route.span), route.event);
    }
    for output in &stack.outputs {
        assert_eq!(at(&output.span), output.name);
    }
}

#[test]
fn a_stack_is_found_its_way_in_by_any_name() {
    let stack = common::read(SYSTEMS).stack.expect("the template is one");
    let machine = stack.state_machine("StockTradingStateMachine").expect("by its logical id");
    assert_eq!(stack.state_machine("demo-stock-trading"), Some(machine));
    assert_eq!(stack.state_machine(&machine.arn), Some(machine));
    assert_eq!(stack.state_machine("nothing"), None);
    let function = stack.function("demo-check-price").expect("by its name");
    assert_eq!(stack.function(&function.arn), Some(function));
    assert_eq!(stack.api("OrchestrationApi"), stack.api(&stack.apis[1].id));
}

/// The project's own template must be read without a single problem.
#[test]
fn the_projects_template_is_sound() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template = std::fs::read_to_string(path).expect("the project has a template");
    let read = common::read(&template);
    assert_eq!(common::shown(&template, &read.diagnostics), Vec::<String>::new());
    let stack = read.stack.expect("a template without problems has a stack");
    assert!(!stack.state_machines.is_empty() && !stack.functions.is_empty());
    // Each function is a binary of its own.
    let mut binaries: Vec<&str> = stack.functions.iter().map(|function| function.binary.as_str()).collect();
    let count = binaries.len();
    binaries.sort_unstable();
    binaries.dedup();
    assert_eq!(binaries.len(), count);
}
