//! Functions that are refused by name, because their result isn't in the template.

/// Each function with why it can't be evaluated.
const REFUSED: &[(&str, &str)] = &[
    ("Fn::Cidr", "no local resource has a network"),
    ("Fn::Contains", "it belongs to the `Rules` section, which CloudFormation checks"),
    ("Fn::EachMemberEquals", "it belongs to the `Rules` section, which CloudFormation checks"),
    ("Fn::EachMemberIn", "it belongs to the `Rules` section, which CloudFormation checks"),
    ("Fn::ForEach", "it needs the AWS::LanguageExtensions transform"),
    ("Fn::GetStackOutput", "another stack's outputs are only in AWS"),
    ("Fn::ImportValue", "another stack's exports are only in AWS"),
    ("Fn::Length", "it needs the AWS::LanguageExtensions transform"),
    ("Fn::RefAll", "it belongs to the `Rules` section, which CloudFormation checks"),
    ("Fn::ToJsonString", "it needs the AWS::LanguageExtensions transform"),
    ("Fn::Transform", "macros run only in AWS"),
    ("Fn::ValueOf", "it belongs to the `Rules` section, which CloudFormation checks"),
    ("Fn::ValueOfAll", "it belongs to the `Rules` section, which CloudFormation checks"),
];

/// What to do instead, for any of them.
pub(super) const HELP: &str = "make it a parameter, and give the value for the local run";

/// Why a function is refused; none when it isn't.
pub(super) fn reason(name: &str) -> Option<&'static str> {
    // `Fn::ForEach` is followed by a name of its own: `Fn::ForEach::Loop`.
    let name = if name.starts_with("Fn::ForEach::") { "Fn::ForEach" } else { name };
    REFUSED.iter().find(|(refused, _)| *refused == name).map(|(_, reason)| *reason)
}

/// The names of all refused functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    REFUSED.iter().map(|(name, _)| *name)
}
