//! The definition `delivery` against the names that the functions give their faults and their answers, and against its
//! own promises.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};
use warehouse::{Status, fault};

fn states() -> Map<String, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../statemachine/delivery.asl.json");
    let definition: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    definition["States"].as_object().unwrap().clone()
}

fn list<'v>(state: &'v Value, field: &str) -> &'v [Value] {
    state[field].as_array().map_or(&[], Vec::as_slice)
}

fn names(rule: &Value) -> impl Iterator<Item = &str> {
    list(rule, "ErrorEquals").iter().map(|name| name.as_str().unwrap())
}

/// The names in the rules that AWS does not give.
fn ours<'s>(states: &'s Map<String, Value>, field: &str) -> BTreeSet<&'s str> {
    let of_aws = |name: &&str| name.contains('.');
    states.values().flat_map(|state| list(state, field)).flat_map(names).filter(|name| !of_aws(name)).collect()
}

#[test]
fn the_states_bear_the_names_and_ends_of_the_drawing() {
    let states = states();
    for (name, kind) in [
        ("ReceberPedido", "Task"),
        ("VerificarDisponibilidade", "Task"),
        ("ChecarDisponibilidade", "Choice"),
        ("ProcessarPagamento", "Task"),
        ("ChecarPagamento", "Choice"),
        ("EnviarParaEntrega", "Task"),
        ("ConfirmarEntrega", "Succeed"),
    ] {
        assert_eq!(states[name]["Type"], kind, "{name}");
    }
    for (name, error, cause) in [
        ("EncerrarPorFalhaNoPagamento", "Erro de pagamento", "Pagamento Falhou"),
        ("EncerrarPorIndisponibilidade", "Item não está disponível", "Item Indisponível"),
    ] {
        let state = &states[name];
        assert_eq!((&state["Type"], &state["Error"], &state["Cause"]), (&json!("Fail"), &json!(error), &json!(cause)));
    }
}

#[test]
fn what_is_chosen_by_is_what_the_functions_answer() {
    let states = states();
    let choices = states.values().flat_map(|state| list(state, "Choices"));
    let words: BTreeSet<&str> = choices.map(|choice| choice["StringEquals"].as_str().unwrap()).collect();
    assert_eq!(words, BTreeSet::from(["item_disponivel", "pagamento_confirmado", "pedido_enviado"]));
    for word in words {
        assert!(serde_json::from_value::<Status>(json!(word)).is_ok(), "{word}");
    }
}

#[test]
fn only_what_may_pass_by_itself_is_retried() {
    let states = states();
    assert_eq!(ours(&states, "Retry"), BTreeSet::from([fault::WAREHOUSE_UNAVAILABLE, fault::TOPIC_UNAVAILABLE]));
    assert_eq!(ours(&states, "Catch"), BTreeSet::from([domain::fault::INVALID_INPUT]));
    for rule in states.values().flat_map(|state| list(state, "Retry")) {
        assert_eq!(rule["JitterStrategy"], "FULL", "{rule}");
        assert!(rule["MaxDelaySeconds"].is_u64() && rule["BackoffRate"].is_number(), "{rule}");
    }
}

#[test]
fn every_task_ends_by_itself_and_everything_is_caught() {
    for (name, state) in states().iter().filter(|(_, state)| state["Type"] == "Task") {
        assert!(state["TimeoutSeconds"].is_u64(), "{name}");
        assert!(!list(state, "Retry").is_empty(), "{name}");
        let last = list(state, "Catch").last().unwrap_or_else(|| panic!("{name} catches nothing"));
        assert_eq!(names(last).collect::<Vec<_>>(), ["States.ALL"], "{name}");
    }
}

#[test]
fn whatever_breaks_between_reservation_and_dispatch_is_undone() {
    let states = states();
    for name in ["VerificarDisponibilidade", "ProcessarPagamento", "EnviarParaEntrega"] {
        assert_eq!(
            states[name]["Catch"],
            json!([
                {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "CancelarPedido"},
            ])
        );
    }
    assert_eq!(states["ChecarPagamento"]["Default"], "LiberarReserva");
}
