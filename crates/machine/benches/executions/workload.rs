//! What is measured: state machines of one kind of work each, with the output that they must come to.
//!
//! The journal's benchmarks use this file as well, so that a table of both compares the same work.

use std::fmt::Write as _;
use std::sync::Arc;

use asl::model::StateMachine;
use jiff::Timestamp;
use machine::{Command, Document, Execution, Identity, Input, Outcome, Step, TaskOutcome};
use serde_json::{Map, Value, json};

/// A state machine with an input.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) definition: Value,
    pub(crate) input: Value,
    pub(crate) output: Value,
    /// How many states are entered.
    pub(crate) transitions: u64,
}

impl Workload {
    /// The compiled definition.
    pub(crate) fn machine(&self) -> Arc<StateMachine> {
        let parsed = asl::parse(&self.definition.to_string(), &asl::Options::default());
        parsed.machine.unwrap_or_else(|| panic!("{} is sound: {:#?}", self.name, parsed.diagnostics))
    }

    /// Its input as a client sends it.
    pub(crate) fn text(&self) -> String {
        self.input.to_string()
    }

    /// Runs it once, hands every step to `record`, and gives the number of its events. A task answers what it was asked.
    pub(crate) fn run(&self, machine: &Arc<StateMachine>, input: Document, mut record: impl FnMut(Input, Step)) -> u64 {
        let mut execution = Execution::new(machine.clone(), Arc::new(identity(self.name)), input);
        let mut next = Some(Input::Start);
        while let Some(input) = next {
            let step = execution.apply(input.clone(), Timestamp::UNIX_EPOCH);
            next = step.commands.iter().find_map(|command| match command {
                Command::Continue => Some(Input::Continue),
                Command::Call(call) => {
                    let outcome = TaskOutcome::Succeeded(call.parameters.clone());
                    Some(Input::TaskEnded { task: call.task, outcome })
                }
                _ => None,
            });
            record(input, step);
        }
        let Some(Outcome::Succeeded(output)) = execution.outcome() else {
            panic!("{} came to {:?}", self.name, execution.outcome());
        };
        assert_eq!(output.value(), &self.output, "{}", self.name);
        execution.events()
    }
}

/// A document out of a text, as an input is read.
pub(crate) fn document(text: &str) -> Document {
    Document::parse(text).expect("a value's text is JSON")
}

/// An Express execution: these may have more than 25,000 events, as a Map of 10,000 items does.
pub(crate) fn identity(name: &str) -> Identity {
    Identity {
        execution_arn: format!("arn:aws:states:us-east-1:123456789012:express:bench:{name}:1").into(),
        execution_name: name.into(),
        state_machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:bench".into(),
        state_machine_name: "bench".into(),
        role_arn: "arn:aws:iam::123456789012:role/bench".into(),
        region: "us-east-1".into(),
        redrive_count: 0,
        express: true,
        seed: [7; 32],
    }
}

/// Everything that is measured.
pub(crate) fn all() -> Vec<Workload> {
    vec![
        chain("pass-chain-100", 100, json!({"a": 1})),
        loop_jsonpath(2000),
        loop_jsonata(1000),
        map("map-1000", 1000),
        map("map-10000", 10_000),
        map_selector("map-selector-10000", 10_000, false),
        map_selector("map-selector-jsonata-10000", 10_000, true),
        parallel(50),
        chain("payload-200k-10", 10, payload(200_000)),
        tasks(100),
    ]
}

/// Pass states in a row.
pub(crate) fn chain(name: &'static str, states: u64, input: Value) -> Workload {
    row(name, states, &json!({"Type": "Pass"}), input)
}

/// Tasks in a row.
pub(crate) fn tasks(states: u64) -> Workload {
    let function = "arn:aws:lambda:us-east-1:123456789012:function:f";
    row("task-chain-100", states, &json!({"Type": "Task", "Resource": function}), json!({"a": 1}))
}

/// States of a kind in a row, which hand on their input.
fn row(name: &'static str, states: u64, kind: &Value, input: Value) -> Workload {
    let all: Map<String, Value> = (0..states)
        .map(|at| {
            let mut state = kind.clone();
            if at + 1 == states {
                state["End"] = json!(true);
            } else {
                state["Next"] = json!(format!("S{}", at + 1));
            }
            (format!("S{at}"), state)
        })
        .collect();
    Workload {
        name,
        definition: json!({"StartAt": "S0", "States": all}),
        output: input.clone(),
        input,
        transitions: states,
    }
}

/// A Choice state that is come back to, with `States.MathAdd`.
pub(crate) fn loop_jsonpath(rounds: u64) -> Workload {
    Workload {
        name: "choice-loop-2000",
        definition: json!({"StartAt": "Init", "States": {
            "Init": {"Type": "Pass", "Result": {"i": 0}, "Next": "Check"},
            "Check": {"Type": "Choice", "Default": "Done",
                "Choices": [{"Variable": "$.i", "NumericLessThan": rounds, "Next": "Increment"}]},
            "Increment": {"Type": "Pass", "Parameters": {"i.$": "States.MathAdd($.i, 1)"}, "Next": "Body"},
            "Body": {"Type": "Pass", "Next": "Check"},
            "Done": {"Type": "Succeed"},
        }}),
        input: json!({}),
        output: json!({"i": rounds}),
        transitions: 3 * rounds + 3,
    }
}

/// The same in JSONata.
pub(crate) fn loop_jsonata(rounds: u64) -> Workload {
    Workload {
        name: "jsonata-loop-1000",
        definition: json!({"QueryLanguage": "JSONata", "StartAt": "Init", "States": {
            "Init": {"Type": "Pass", "Output": {"i": 0}, "Next": "Check"},
            "Check": {"Type": "Choice", "Default": "Done",
                "Choices": [{"Condition": format!("{{% $states.input.i < {rounds} %}}"), "Next": "Increment"}]},
            "Increment": {"Type": "Pass", "Output": {"i": "{% $states.input.i + 1 %}"}, "Next": "Body"},
            "Body": {"Type": "Pass", "Next": "Check"},
            "Done": {"Type": "Succeed"},
        }}),
        input: json!({}),
        output: json!({"i": rounds}),
        transitions: 3 * rounds + 3,
    }
}

/// An inline Map whose iterations each make a small object of their item.
pub(crate) fn map(name: &'static str, items: u64) -> Workload {
    Workload {
        name,
        definition: json!({"StartAt": "M", "States": {"M": {"Type": "Map", "ItemsPath": "$.items", "End": true,
            "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "P", "States": {
                "P": {"Type": "Pass", "End": true, "Parameters": {"i.$": "$", "l.$": "States.Format('{}', $)"}}}}}}}),
        input: json!({"items": (1..=items).collect::<Vec<_>>()}),
        output: (1..=items).map(|item| json!({"i": item, "l": item.to_string()})).collect(),
        transitions: items + 1,
    }
}

/// A Map whose `ItemSelector` looks at its item, as most do, and at the whole list of them.
pub(crate) fn map_selector(name: &'static str, items: u64, jsonata: bool) -> Workload {
    let mut map = json!({"Type": "Map", "End": true, "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}});
    if jsonata {
        map["Items"] = json!("{% $states.input.items %}");
        map["ItemSelector"] =
            json!({"v": "{% $states.context.Map.Item.Value %}", "i": "{% $states.context.Map.Item.Index %}"});
    } else {
        map["ItemsPath"] = json!("$.items");
        map["ItemSelector"] = json!({"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"});
    }
    let language = if jsonata { "JSONata" } else { "JSONPath" };
    Workload {
        name,
        definition: json!({"QueryLanguage": language, "StartAt": "M", "States": {"M": map}}),
        input: json!({"items": (0..items).collect::<Vec<_>>()}),
        output: (0..items).map(|item| json!({"v": item, "i": item})).collect(),
        transitions: items + 1,
    }
}

/// Branches of three Pass states each.
pub(crate) fn parallel(branches: u64) -> Workload {
    let branch = |at: u64| {
        json!({"StartAt": format!("A{at}"), "States": {
            format!("A{at}"): {"Type": "Pass", "Next": format!("B{at}")},
            format!("B{at}"): {"Type": "Pass", "Next": format!("C{at}")},
            format!("C{at}"): {"Type": "Pass", "Result": {"b": at}, "End": true},
        }})
    };
    Workload {
        name: "parallel-50x3",
        definition: json!({"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true,
            "Branches": (0..branches).map(branch).collect::<Vec<_>>()}}}),
        input: json!({}),
        output: (0..branches).map(|at| json!({"b": at})).collect(),
        transitions: 3 * branches + 1,
    }
}

/// Rows of an imaginary table, about that many bytes of JSON.
pub(crate) fn payload(bytes: usize) -> Value {
    let (mut rows, mut size) = (Vec::new(), 0);
    let mut name = String::new();
    for id in 0.. {
        name.clear();
        write!(name, "customer-{id:05}").expect("a string takes everything");
        let row = json!({"id": id, "name": name, "tags": ["a", "b", (id % 7).to_string()], "v": id * 3 % 1000,
            "ok": id % 2 == 0});
        size += row.to_string().len() + 1;
        if size > bytes {
            break;
        }
        rows.push(row);
    }
    json!({ "rows": rows })
}
