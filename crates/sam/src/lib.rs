//! An AWS SAM template: text to the stack of resources that a local run needs.
//!
//! [`read`] takes a `template.yaml` (or JSON) and says what it comes to under some [`Settings`]: every function, state
//! machine, table, queue and so on with its name, its ARN and its properties, all intrinsic functions resolved, SAM's
//! Globals merged, parameters and conditions applied. Nothing contacts AWS.
//!
//! Reading is total: it reports every problem it finds as a [`Diagnostic`] with its place in the text, and never panics.
//! What AWS has and a local run doesn't is listed in [`Stack::others`] or refused by name, never guessed.
//!
//! ```
//! use diagnostic::Source;
//!
//! let template = "
//! Resources:
//!   Orders:
//!     Type: AWS::SQS::Queue
//! Outputs:
//!   OrdersUrl:
//!     Value: !Ref Orders
//! ";
//! let read = sam::read(&Source::new("template.yaml", template), &sam::Settings::new("shop"));
//! let stack = read.stack.expect("the template is sound");
//! assert_eq!(stack.queues[0].name, "shop-Orders");
//! assert_eq!(stack.output("OrdersUrl"), Some("https://sqs.us-east-1.amazonaws.com/123456789012/shop-Orders"));
//! ```

#![warn(missing_docs)]

mod assembly;
pub mod codes;
mod dependency;
mod evaluate;
mod event;
mod expression;
mod fields;
mod intrinsic;
mod localize;
mod problem;
mod pseudo;
mod resource;
mod settings;
pub mod stack;
mod syntax;
mod template;

use diagnostic::{Diagnostic, Source};

pub use settings::Settings;
pub use stack::Stack;

/// What reading a template results in.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The stack. None when the text is no template at all: no YAML, no JSON, no map. It may be there beside errors, so
    /// that an editor or a drawing can show it; what an error concerns is then missing or empty. Run it only when
    /// [`Read::is_sound`].
    pub stack: Option<Stack>,
    /// Every problem found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Read {
    /// Whether the stack can be run: there is one, and no diagnostic is an error.
    pub fn is_sound(&self) -> bool {
        self.stack.is_some() && !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Reads a template.
pub fn read(source: &Source, settings: &Settings) -> Read {
    let problems = problem::Problems::default();
    let (root, places) = syntax::read(source, &problems);
    let template = root.and_then(|root| template::Template::build(&root, &source.text, &places, &problems));
    let stack = template.map(|template| {
        let parameters = template::parameter_values(&template, settings, &problems);
        let evaluator = evaluate::Evaluator::new(&template, settings, &parameters, &problems);
        assembly::Assembly::build(&evaluator, &places)
    });
    Read { stack, diagnostics: problems.into_diagnostics(&places) }
}
