//! The top level of a template.

use super::Resource;
use crate::codes;
use crate::problem::{Problem, Problems};
use crate::syntax::{Data, Entry, Node, shown};

/// The sections ("Template sections", and SAM's `Globals`).
const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// The one transform that is carried out here.
const SAM: &str = "AWS::Serverless-2016-10-31";

/// A template's top level.
pub(super) struct Sections<'n> {
    root: &'n Node,
}

impl<'n> Sections<'n> {
    /// Checks the top level; none when it isn't that of a template.
    pub(super) fn of(root: &'n Node, problems: &Problems) -> Option<Self> {
        let Data::Map(entries) = &root.data else {
            let message = format!("a template must be a map of sections, not {}", root.description());
            problems.add(Problem::error(codes::WRONG_TYPE, root.place, message));
            return None;
        };
        for entry in entries {
            check(entry, problems);
        }
        let sections = Self { root };
        match sections.get("Resources") {
            None => problems.add(
                Problem::error(codes::MISSING_SECTION, root.place, "the template has no `Resources` section")
                    .at(Some(0..0))
                    .help("it is the one section that every template must have"),
            ),
            Some(resources) if resources.entries().is_empty() && matches!(resources.data, Data::Map(_)) => {
                let message = "`Resources` must hold at least one resource";
                problems.add(Problem::error(codes::MISSING_SECTION, resources.place, message));
            }
            Some(_) => {}
        }
        Some(sections)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'n Node> {
        self.root.get(name)
    }

    /// The entries of a section that is a map; empty when it is missing, or no map, which `of` reports.
    pub(super) fn map(&self, name: &str) -> &'n [Entry] {
        self.get(name).map_or(&[], Node::entries)
    }
}

fn check(entry: &Entry, problems: &Problems) {
    let Entry { key, key_place, value } = entry;
    match key.as_str() {
        "AWSTemplateFormatVersion" => {
            if value.scalar_text().as_deref() != Some("2010-09-09") {
                let message = format!("`AWSTemplateFormatVersion` must be 2010-09-09, not {}", value.description());
                problems.add(Problem::error(codes::INVALID_VALUE, value.place, message));
            }
        }
        "Description" => {
            if !matches!(value.data, Data::Text(_)) {
                let message = format!("`Description` must be text, not {}", value.description());
                problems.add(Problem::error(codes::WRONG_TYPE, value.place, message));
            }
        }
        "Transform" => {}
        "Rules" | "Hooks" => problems.add(Problem::warning(
            codes::SECTION_NOT_EVALUATED,
            *key_place,
            format!("CloudFormation evaluates `{key}`; a local run doesn't"),
        )),
        _ if SECTIONS.contains(&key.as_str()) => {
            if !matches!(value.data, Data::Map(_) | Data::Unresolved) {
                let message = format!("`{key}` must be a map, not {}", value.description());
                problems.add(Problem::error(codes::WRONG_TYPE, value.place, message));
            }
        }
        _ => {
            let help = problems.closest(key, SECTIONS.iter().copied()).map_or_else(
                || format!("the sections are {}", SECTIONS.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            problems.add(
                Problem::error(codes::UNKNOWN_SECTION, *key_place, format!("templates have no section `{key}`"))
                    .help(help),
            );
        }
    }
}

/// Checks `Transform`: SAM's is the one that is known, and SAM's resources need it.
pub(super) fn check_transform(sections: &Sections<'_>, resources: &[Resource], problems: &Problems) {
    let transform = sections.get("Transform");
    let transforms: &[Node] = match transform {
        None => &[],
        Some(Node { data: Data::List(items), .. }) => items,
        Some(node) => std::slice::from_ref(node),
    };
    let mut has_sam = false;
    for node in transforms {
        match &node.data {
            Data::Text(name) if name == SAM => has_sam = true,
            Data::Text(name) => problems.add(
                Problem::error(
                    codes::UNSUPPORTED_TRANSFORM,
                    node.place,
                    format!("the transform {} can't be run here", shown(name)),
                )
                .help(problems.closest(name, [SAM]).map_or_else(
                    || format!("only {SAM} can; other transforms and macros run in AWS"),
                    |near| format!("did you mean `{near}`?"),
                )),
            ),
            Data::Map(_) => problems.add(Problem::error(
                codes::UNSUPPORTED_TRANSFORM,
                node.place,
                "transforms with parameters, such as AWS::Include, can't be run here",
            )),
            _ => problems.add(Problem::error(
                codes::WRONG_TYPE,
                node.place,
                format!("`Transform` must be text or a list of texts, not {}", node.description()),
            )),
        }
    }
    if has_sam {
        return;
    }
    let serverless = resources.iter().find(|resource| resource.type_name.starts_with("AWS::Serverless::"));
    let (place, what) = match (serverless, sections.get("Globals")) {
        (Some(resource), _) => (resource.type_place, format!("`{}` is a type of SAM", resource.type_name)),
        (None, Some(globals)) => (globals.place, "`Globals` is a section of SAM".to_owned()),
        (None, None) => return,
    };
    problems.add(
        Problem::error(
            codes::TRANSFORM_MISSING,
            place,
            format!("{what}, but the template doesn't ask for SAM's transform"),
        )
        .help(format!("add the line `Transform: {SAM}` at the top level")),
    );
}

/// Checks that `Mappings` is a map of maps of maps.
pub(super) fn check_mappings(mappings: &Node, problems: &Problems) {
    for mapping in mappings.entries() {
        let levels = std::iter::once((&mapping.value, &mapping.key))
            .chain(mapping.value.entries().iter().map(|entry| (&entry.value, &entry.key)));
        for (node, name) in levels {
            if !matches!(node.data, Data::Map(_) | Data::Unresolved) {
                let message = format!(
                    "`{name}` must be a map: a mapping has a top-level key and a second-level key for each value"
                );
                problems.add(Problem::error(codes::WRONG_TYPE, node.place, message));
            }
        }
    }
}
