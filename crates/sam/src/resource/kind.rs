//! The description of a resource type.

use super::Reader;
use crate::assembly::Assembly;

/// What is known of one resource type.
pub(crate) struct ResourceType {
    /// `AWS::Service::Resource`.
    pub(crate) name: &'static str,
    /// All properties; empty when they aren't checked.
    pub(crate) properties: &'static [&'static str],
    /// Those that must be there.
    pub(crate) required: &'static [&'static str],
    /// The property that names the resource.
    pub(crate) name_property: Option<&'static str>,
    /// What the resource is named when that property is missing.
    pub(crate) naming: NameRule,
    /// What `Ref` returns, as a pattern (see [`super::Identity`]).
    pub(crate) reference: &'static str,
    /// What `Fn::GetAtt` returns.
    pub(crate) attributes: &'static [Attribute],
    /// Whether `attributes` lists all there are.
    pub(crate) closed: bool,
    /// What SAM generates beside it and lets a template refer to as `LogicalId.Part`.
    pub(crate) generated: &'static [Generated],
    /// What a local run does with it.
    pub(crate) treatment: Treatment,
}

impl ResourceType {
    /// The defaults for a struct literal's rest: a type that is named by its logical id.
    pub(crate) const BASE: Self = Self {
        name: "",
        properties: &[],
        required: &[],
        name_property: None,
        naming: NameRule::Plain(255),
        reference: "{name}",
        attributes: &[],
        closed: true,
        generated: &[],
        treatment: Treatment::NotEmulated,
    };
}

/// An attribute with its value as a pattern.
pub(crate) struct Attribute {
    pub(crate) name: &'static str,
    pub(crate) value: &'static str,
    /// The property without which AWS doesn't return it.
    pub(crate) needs: Option<&'static str>,
}

impl Attribute {
    pub(crate) const fn new(name: &'static str, value: &'static str) -> Self {
        Self { name, value, needs: None }
    }
}

/// A generated resource with what `Ref` returns for it, as a pattern.
pub(crate) struct Generated {
    pub(crate) part: &'static str,
    pub(crate) value: &'static str,
}

/// How a resource is named that its template doesn't name. AWS appends random characters; a local run needs the same
/// name every time.
pub(crate) enum NameRule {
    /// `<stack>-<LogicalId>`, at most so many characters long.
    Plain(usize),
    /// The same in lower case.
    Lowercase(usize),
    /// The same, with `.fifo` behind it when this property is true.
    Fifo { property: &'static str, longest: usize },
    /// An id that AWS draws: a prefix and so many hexadecimal digits.
    Hexadecimal(&'static str, usize),
    /// An id that AWS draws, in the form of a UUID.
    Uuid,
}

/// What a local run does with resources of a type.
pub(crate) enum Treatment {
    /// Runs them: the function puts a resource into the stack.
    Run(fn(&Reader<'_>, &mut Assembly<'_>)),
    /// Nothing, and nothing is amiss without them.
    Harmless,
    /// Nothing, though a workflow that uses them would notice.
    NotEmulated,
}
