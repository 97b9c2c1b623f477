//! Random definitions: sound ones of every state type in both query languages, as far as chance has it.

use serde_json::{Map, Value, json};

use super::expression;
use super::tape::Tape;
use super::value;

/// How deep Parallel and Map states may be nested.
const DEEPEST: usize = 2;

/// A whole definition.
pub(crate) fn definition(tape: &mut Tape<'_>) -> Value {
    let mut author = Author { names: 0, jsonata: tape.once_in(2) };
    let mut definition = author.flow(tape, DEEPEST);
    if author.jsonata {
        definition["QueryLanguage"] = json!("JSONata");
    }
    if tape.once_in(6) {
        definition["TimeoutSeconds"] = json!(1 + tape.below(100));
    }
    definition
}

struct Author {
    /// How many states have a name.
    names: usize,
    /// Whether the states' language is JSONata.
    jsonata: bool,
}

impl Author {
    fn flow(&mut self, tape: &mut Tape<'_>, depth: usize) -> Value {
        let count = 1 + tape.below(4);
        let names: Vec<String> = (0..count).map(|at| format!("S{}", self.names + at)).collect();
        self.names += count;
        let states: Map<_, _> = (0..count).map(|at| (names[at].clone(), self.state(tape, &names, at, depth))).collect();
        json!({"StartAt": names[0], "States": states})
    }

    /// A state that goes on to the one after it, now and then to another.
    fn state(&mut self, tape: &mut Tape<'_>, names: &[String], at: usize, depth: usize) -> Value {
        let next = |tape: &mut Tape<'_>| {
            let other = if tape.once_in(8) { tape.below(names.len()) } else { at + 1 };
            names.get(other).cloned()
        };
        let mut state = match tape.below(if depth == 0 { 9 } else { 13 }) {
            0 | 1 => self.pass(tape),
            2..=4 => self.task(tape),
            5 => self.wait(tape),
            6 => return self.choice(tape, next),
            7 => return json!({"Type": "Succeed"}),
            8 => return self.fail(tape),
            9 | 10 => self.parallel(tape, depth),
            _ => self.map(tape, depth),
        };
        match next(tape) {
            Some(next) => state["Next"] = json!(next),
            None => state["End"] = json!(true),
        }
        let can_fail = matches!(state["Type"].as_str(), Some("Task" | "Parallel" | "Map"));
        if can_fail && tape.once_in(3) {
            state["Retry"] = json!([retrier(tape)]);
        }
        if can_fail
            && tape.once_in(3)
            && let Some(next) = next(tape)
        {
            state["Catch"] = json!([self.catcher(tape, &next)]);
        }
        self.data_fields(tape, &mut state);
        state
    }

    /// The fields that most state types have.
    fn data_fields(&self, tape: &mut Tape<'_>, state: &mut Value) {
        if tape.once_in(4) {
            let value = expression::template_value(tape, self.jsonata);
            let name = if self.jsonata || value.is_number() { "v" } else { "v.$" };
            state["Assign"] = json!({ name: value });
        }
        if self.jsonata {
            if tape.once_in(3) {
                state["Output"] = expression::template(tape, true);
            }
            return;
        }
        if tape.once_in(5) {
            state["InputPath"] = expression::path_or_null(tape);
        }
        if tape.once_in(5) {
            state["OutputPath"] = expression::path_or_null(tape);
        }
        if state["Type"] != "Wait" && tape.once_in(3) {
            state["ResultPath"] = match tape.below(5) {
                0 => Value::Null,
                other => json!(["$.r", "$", "$.a.b", "$.items[0]"][other - 1]),
            };
        }
    }

    fn pass(&self, tape: &mut Tape<'_>) -> Value {
        let mut state = json!({"Type": "Pass"});
        if !self.jsonata {
            match tape.below(3) {
                0 => {}
                1 => state["Result"] = value::value(tape, 2),
                _ => state["Parameters"] = expression::template(tape, false),
            }
        }
        state
    }

    fn task(&self, tape: &mut Tape<'_>) -> Value {
        let resource = tape.one_of(&[
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "arn:aws:states:::sqs:sendMessage",
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "arn:aws:states:::states:startExecution.sync:2",
            "arn:aws:states:us-east-1:123456789012:activity:a",
        ]);
        let mut state = json!({"Type": "Task", "Resource": resource});
        let parameters = if self.jsonata { "Arguments" } else { "Parameters" };
        if tape.once_in(2) || resource.starts_with("arn:aws:states:::") {
            state[parameters] = expression::template(tape, self.jsonata);
            if resource.contains("waitForTaskToken") {
                let (name, token) =
                    if self.jsonata { ("t", "{% $states.context.Task.Token %}") } else { ("t.$", "$$.Task.Token") };
                state[parameters] = json!({ name: token });
            } else if resource.contains("startExecution") {
                state[parameters] = json!({"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"});
            }
        }
        if tape.once_in(3) {
            state["TimeoutSeconds"] = json!(20 + tape.below(20));
        }
        if tape.once_in(3) {
            state["HeartbeatSeconds"] = json!(1 + tape.below(15));
        }
        if !self.jsonata && tape.once_in(4) {
            state["ResultSelector"] = expression::template(tape, false);
        }
        state
    }

    fn wait(&self, tape: &mut Tape<'_>) -> Value {
        let mut state = json!({"Type": "Wait"});
        match (tape.below(4), self.jsonata) {
            (0, _) => state["Seconds"] = json!(tape.below(4)),
            (1, _) => state["Timestamp"] = json!("1970-01-01T00:00:05Z"),
            (2, false) => state["SecondsPath"] = expression::path(tape),
            (_, false) => state["TimestampPath"] = expression::path(tape),
            (2, true) => state["Seconds"] = expression::query(tape),
            (_, true) => state["Timestamp"] = expression::query(tape),
        }
        state
    }

    fn choice(&self, tape: &mut Tape<'_>, next: impl Fn(&mut Tape<'_>) -> Option<String>) -> Value {
        let Some(default) = next(tape) else { return json!({"Type": "Succeed"}) };
        let rules: Vec<Value> = (0..=tape.below(2))
            .map(|_| {
                let mut rule =
                    if self.jsonata { json!({"Condition": expression::query(tape)}) } else { condition(tape, 2) };
                rule["Next"] = json!(next(tape).unwrap_or_else(|| default.clone()));
                rule
            })
            .collect();
        let mut state = json!({"Type": "Choice", "Choices": rules});
        if !tape.once_in(4) {
            state["Default"] = json!(default);
        }
        state
    }

    fn fail(&self, tape: &mut Tape<'_>) -> Value {
        let mut state = json!({"Type": "Fail"});
        match (tape.below(3), self.jsonata) {
            (0, _) => {}
            (1, _) => state["Error"] = json!("Broken"),
            (_, false) => state["CausePath"] = expression::path(tape),
            (_, true) => state["Cause"] = expression::query(tape),
        }
        state
    }

    fn parallel(&mut self, tape: &mut Tape<'_>, depth: usize) -> Value {
        let branches: Vec<Value> = (0..=tape.below(3)).map(|_| self.flow(tape, depth - 1)).collect();
        let mut state = json!({"Type": "Parallel", "Branches": branches});
        if tape.once_in(4) {
            state[if self.jsonata { "Arguments" } else { "Parameters" }] = expression::template(tape, self.jsonata);
        }
        state
    }

    fn map(&mut self, tape: &mut Tape<'_>, depth: usize) -> Value {
        let mut processor = self.flow(tape, depth - 1);
        let distributed = tape.once_in(3);
        processor["ProcessorConfig"] = if distributed {
            json!({"Mode": "DISTRIBUTED", "ExecutionType": tape.one_of(&["STANDARD", "EXPRESS"])})
        } else {
            json!({"Mode": "INLINE"})
        };
        let mut state = json!({"Type": "Map", "ItemProcessor": processor});
        if self.jsonata {
            state["Items"] = match tape.below(3) {
                0 => json!([1, "{% $states.input.a %}", 3]),
                1 => json!("{% [1..4] %}"),
                _ => expression::query(tape),
            };
        } else {
            state["ItemsPath"] = json!(tape.one_of(&["$.items", "$.items", "$", "$.a", "$$.Execution.Input.items"]));
        }
        if tape.once_in(3) {
            state["MaxConcurrency"] = json!(tape.below(3));
        }
        if tape.once_in(3) {
            state["ItemSelector"] = expression::template(tape, self.jsonata);
        }
        if distributed {
            self.distributed_fields(tape, &mut state);
        }
        state
    }

    fn distributed_fields(&self, tape: &mut Tape<'_>, state: &mut Value) {
        let parameters = if self.jsonata { "Arguments" } else { "Parameters" };
        if tape.once_in(3) {
            state["ToleratedFailurePercentage"] = json!(tape.below(101));
        }
        if tape.once_in(3) {
            state["ItemBatcher"] = json!({"MaxItemsPerBatch": 1 + tape.below(3)});
        }
        if tape.once_in(3) {
            state["ItemReader"] = json!({"Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "JSON"}, parameters: {"Bucket": "b", "Key": "k"}});
            let fields = state.as_object_mut().expect("a state is an object");
            fields.remove("ItemsPath");
            fields.remove("Items");
        }
        if tape.once_in(3) {
            state["ResultWriter"] = json!({"Resource": "arn:aws:states:::s3:putObject", parameters: {"Bucket": "b"}});
        }
    }

    fn catcher(&self, tape: &mut Tape<'_>, next: &str) -> Value {
        let mut catcher = json!({"ErrorEquals": [error(tape)], "Next": next});
        if self.jsonata {
            if tape.once_in(2) {
                catcher["Output"] = json!("{% $states.errorOutput %}");
            }
        } else if tape.once_in(2) {
            catcher["ResultPath"] = json!(tape.one_of(&["$.error", "$.a.b"]));
        }
        catcher
    }
}

fn retrier(tape: &mut Tape<'_>) -> Value {
    json!({"ErrorEquals": [error(tape)], "IntervalSeconds": 1 + tape.below(3), "MaxAttempts": tape.below(3),
            "BackoffRate": 1.5, "JitterStrategy": tape.one_of(&["NONE", "FULL"])})
}

fn error(tape: &mut Tape<'_>) -> &'static str {
    tape.one_of(&["States.ALL", "States.TaskFailed", "States.Timeout", "Broken", "States.HeartbeatTimeout"])
}

/// A rule of a Choice state in the JSONPath language, without its `Next`.
fn condition(tape: &mut Tape<'_>, depth: usize) -> Value {
    if depth > 0 && tape.once_in(4) {
        return match tape.below(3) {
            0 => json!({"Not": condition(tape, depth - 1)}),
            1 => json!({"And": [condition(tape, depth - 1), condition(tape, depth - 1)]}),
            _ => json!({"Or": [condition(tape, depth - 1), condition(tape, depth - 1)]}),
        };
    }
    let (operator, operand) = match tape.below(9) {
        0 => ("NumericLessThan", json!(tape.below(5))),
        1 => ("IsPresent", json!(tape.once_in(2))),
        2 => ("StringEquals", json!(value::text(tape))),
        3 => ("StringMatches", json!(value::text(tape))),
        4 => ("BooleanEquals", json!(true)),
        5 => ("TimestampGreaterThan", json!("2026-01-01T00:00:00Z")),
        6 => ("NumericEqualsPath", expression::path(tape)),
        7 => ("IsNull", json!(false)),
        _ => ("StringGreaterThanEqualsPath", expression::path(tape)),
    };
    json!({"Variable": expression::path(tape), operator: operand})
}
