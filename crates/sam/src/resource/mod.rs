//! What is known of each resource type: its properties, the name AWS gives it, and what `Ref` and `Fn::GetAtt` return.
//!
//! One file per service. The return values are those of each type's page in the "CloudFormation template reference".

mod api;
mod bucket;
mod ecs;
mod event_bus;
mod function;
mod harmless;
mod identity;
mod kind;
mod log_group;
mod queue;
mod reader;
mod state_machine;
mod table;
mod topic;

pub(crate) use bucket::filters;
pub(crate) use identity::{Identity, Naming, identify};
use kind::{Attribute, Generated, NameRule};
pub(crate) use kind::{ResourceType, Treatment};
pub(crate) use queue::is_fifo;
pub(crate) use reader::Reader;

/// All known types.
fn all() -> impl Iterator<Item = &'static ResourceType> {
    let run: [&'static [ResourceType]; 10] = [
        function::TYPES,
        state_machine::TYPES,
        api::TYPES,
        table::TYPES,
        queue::TYPES,
        topic::TYPES,
        bucket::TYPES,
        ecs::TYPES,
        log_group::TYPES,
        event_bus::TYPES,
    ];
    run.into_iter().flatten().chain(harmless::types())
}

/// What is known of a type.
pub(crate) fn known(type_name: &str) -> Option<&'static ResourceType> {
    all().find(|kind| kind.name == type_name)
}

/// The name of the known type that is closest to a mistyped one.
pub(crate) fn closest(type_name: &str) -> Option<&'static str> {
    // The services' prefixes make any two types look alike, so that only a small slip counts.
    let near = diagnostic::closest(type_name, all().map(|kind| kind.name))?;
    let (service, _) = near.rsplit_once("::")?;
    let same_service = type_name.rsplit_once("::").is_some_and(|(other, _)| other.eq_ignore_ascii_case(service));
    let same_resource = type_name.rsplit("::").next() == near.rsplit("::").next();
    (same_service || same_resource).then_some(near)
}

/// The type of what SAM generates for a function or state machine without a role of its own.
pub(crate) const ROLE: &str = "AWS::IAM::Role";

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_type_is_described_twice() {
        let mut names = BTreeSet::new();
        for kind in all() {
            assert!(names.insert(kind.name), "{}", kind.name);
            let properties: BTreeSet<_> = kind.properties.iter().collect();
            assert_eq!(properties.len(), kind.properties.len(), "{} lists a property twice", kind.name);
            for property in kind.required.iter().chain(kind.name_property.iter()) {
                assert!(kind.properties.is_empty() || properties.contains(property), "{}: {property}", kind.name);
            }
        }
    }

    #[test]
    fn a_mistyped_type_is_recognised_and_a_foreign_one_is_not() {
        assert_eq!(closest("AWS::SQS::Queu"), Some("AWS::SQS::Queue"));
        assert_eq!(closest("AWS::Serverles::Function"), Some("AWS::Serverless::Function"));
        assert_eq!(closest("AWS::Cognito::UserPool"), None);
    }
}
