//! Definition text to the typed model and every problem found on the way.
//!
//! Parsing is total: whatever the text is, it ends, panics never, and reports all problems at once. A broken part is
//! replaced by a placeholder so that the rest is still looked at; a model with a placeholder is never handed out.

mod catch;
mod choice_rule;
mod context;
mod expression;
mod flow;
mod item_reader;
mod machine;
mod node;
mod object;
mod operator;
mod place;
mod position;
mod result_writer;
mod retry;
mod state;
mod states;
mod substitution;
mod syntax_error;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use diagnostic::Diagnostic;

pub(crate) use context::Context;
pub(crate) use node::{Node, NodeValue, Property};
pub(crate) use object::Object;
pub(crate) use place::Place;

use crate::model::StateMachine;

/// How a definition is to be read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What to do with `${Name}` in the definition's strings.
    pub substitutions: Substitutions,
    /// What of the language may be used; anything else is refused by name with the code `UNSUPPORTED_FEATURE`.
    pub features: Features,
    /// Whether the definition is for an Express state machine, which AWS allows less
    /// (<https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>).
    pub express: bool,
}

/// What to do with `${Name}` in the definition's strings: the placeholders of `DefinitionSubstitutions`
/// (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html>).
#[derive(Debug, Clone, Default)]
pub enum Substitutions {
    /// The values are not known: the strings are left alone and not looked into.
    #[default]
    Unresolved,
    /// Every placeholder is replaced by the value of its name; a name that is not here is the error
    /// `UNRESOLVED_SUBSTITUTION`.
    Values(HashMap<String, String>),
}

/// The parts of the language that can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// `QueryLanguage: JSONata`.
    pub jsonata: bool,
    /// `Assign`, and paths that start with a variable.
    pub variables: bool,
    /// `ProcessorConfig.Mode: DISTRIBUTED`.
    pub distributed_map: bool,
}

impl Default for Features {
    /// Everything.
    fn default() -> Self {
        Self { jsonata: true, variables: true, distributed_map: true }
    }
}

/// What came out of a definition.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The model: there if and only if no diagnostic is an error.
    pub machine: Option<Arc<StateMachine>>,
    /// Every problem found, in the order in which AWS lists them: first what is wrong with the fields, in the order of
    /// the text, then the transitions.
    ///
    /// A diagnostic's `pointer` is the place that AWS names (often the state, where the `span` is the very field or
    /// character); [`crate::aws::location`] turns it into AWS's own notation.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads the definition of a state machine.
pub fn parse(text: &str, options: &Options) -> Parsed {
    read(text, options, machine::parse_machine)
}

/// Reads the definition of a single state, as TestState takes it. The model's only flow has this state, under the name
/// given, as its first; each state that it leads to is there by its name as a Succeed state.
pub fn parse_state(name: &str, text: &str, options: &Options) -> Parsed {
    read(text, options, |context, root| machine::parse_single_state(context, name, root))
}

/// The bytes of the source text where the value at a JSON pointer (RFC 6901) stands, or, with an `offset`, the one
/// character at that byte of the string there (of the string's value, escapes resolved). None when the text is no JSON
/// or nothing is at the pointer.
pub fn span_of(text: &str, pointer: &str, offset: Option<usize>) -> Option<Range<usize>> {
    let options = Options::default();
    let mut context = Context::new(text, &options);
    let root = node::read(&mut context)?;
    let found = root.find(pointer)?;
    Some(match offset {
        Some(offset) => position::character(text, &found.span, offset, &options.substitutions),
        None => found.span.clone(),
    })
}

fn read(text: &str, options: &Options, parse: impl FnOnce(&mut Context<'_>, &Node) -> StateMachine) -> Parsed {
    let mut context = Context::new(text, options);
    let machine = node::read(&mut context).map(|root| parse(&mut context, &root));
    let diagnostics = context.finish();
    let machine = machine.filter(|_| !diagnostics.iter().any(Diagnostic::is_error)).map(Arc::new);
    Parsed { machine, diagnostics }
}
