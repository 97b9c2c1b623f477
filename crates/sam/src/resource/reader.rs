//! One resource that is about to be put into the stack.

use crate::evaluate::Evaluator;
use crate::fields::Fields;
use crate::problem::{Problem, Problems};
use crate::resource::Identity;
use crate::syntax::{Node, Place};
use crate::template::Resource;

/// A resource with its properties evaluated.
pub(crate) struct Reader<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) identity: &'a Identity,
    /// The evaluated properties, Globals merged into them; an empty map when there are none.
    pub(crate) properties: &'a Node,
    /// The evaluated `Metadata`.
    pub(crate) metadata: Option<&'a Node>,
    pub(crate) evaluator: &'a Evaluator<'a>,
}

impl<'a> Reader<'a> {
    /// The properties.
    pub(crate) fn fields(&self) -> Fields<'a> {
        Fields {
            entries: self.properties.entries(),
            place: self.resource.place,
            what: self.resource.type_name.as_str(),
            problems: self.problems(),
        }
    }

    pub(crate) fn problems(&self) -> &'a Problems {
        self.evaluator.problems
    }

    /// An attribute of this very resource that its type is known to have.
    pub(crate) fn attribute(&self, name: &str) -> String {
        self.evaluator.attribute(&self.resource.logical_id, name, self.resource.place).scalar_text().unwrap_or_default()
    }

    /// An ARN in the stack's account and region.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        self.evaluator.settings.arn(service, resource)
    }

    pub(crate) fn error(&self, code: &'static str, place: Place, message: impl Into<String>) {
        self.problems().add(Problem::error(code, place, message));
    }
}
