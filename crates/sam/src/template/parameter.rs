//! The `Parameters` section: each parameter's type, default and constraints, and the value it has in this run.

use std::collections::BTreeMap;

use regex_lite::Regex;

use super::Template;
use crate::Settings;
use crate::codes;
use crate::fields::Fields;
use crate::problem::{Problem, Problems};
use crate::syntax::{Data, Entry, Node, Place, shown};

/// CloudFormation's quotas: 200 parameters, values of at most 4,096 bytes.
const MOST: usize = 200;
const LONGEST: usize = 4_096;

/// One declared parameter.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) place: Place,
    kind: Kind,
    default: Option<(String, Place)>,
    allowed: Vec<String>,
    pattern: Option<(String, Place)>,
    lengths: (Option<u32>, Option<u32>),
    values: (Option<f64>, Option<f64>),
    /// The author's own sentence for a value that isn't allowed.
    description: Option<String>,
    /// Whether the value is a secret, so that no message may show it.
    pub(crate) hidden: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Number,
    Numbers,
    Texts,
    /// The id of something in an account, such as `AWS::EC2::VPC::Id`, with the prefix that its ids have.
    Id(&'static str),
    Ids(&'static str),
    /// A value that stands in the Systems Manager Parameter Store.
    Stored,
    Unknown,
}

impl Kind {
    fn named(name: &str) -> Self {
        match name {
            "String" => Self::Text,
            "Number" => Self::Number,
            "List<Number>" => Self::Numbers,
            "CommaDelimitedList" | "List<String>" => Self::Texts,
            _ => {
                if name.starts_with("AWS::SSM::Parameter::") {
                    return Self::Stored;
                }
                let inner = name.strip_prefix("List<").and_then(|name| name.strip_suffix('>'));
                // "CloudFormation-supplied parameter types".
                let prefix = match inner.unwrap_or(name) {
                    "AWS::EC2::AvailabilityZone::Name" => "az-",
                    "AWS::EC2::Image::Id" => "ami-",
                    "AWS::EC2::Instance::Id" => "i-",
                    "AWS::EC2::KeyPair::KeyName" => "key-",
                    "AWS::EC2::SecurityGroup::GroupName" | "AWS::EC2::SecurityGroup::Id" => "sg-",
                    "AWS::EC2::Subnet::Id" => "subnet-",
                    "AWS::EC2::Volume::Id" => "vol-",
                    "AWS::EC2::VPC::Id" => "vpc-",
                    "AWS::Route53::HostedZone::Id" => "Z",
                    _ => return Self::Unknown,
                };
                if inner.is_some() { Self::Ids(prefix) } else { Self::Id(prefix) }
            }
        }
    }

    fn is_list(self) -> bool {
        matches!(self, Self::Numbers | Self::Texts | Self::Ids(_))
    }
}

/// Reads the section.
pub(super) fn read(entries: &[Entry], problems: &Problems) -> Vec<Parameter> {
    if let Some(entry) = entries.get(MOST) {
        let message = format!("a template has at most {MOST} parameters; this one has {}", entries.len());
        problems.add(Problem::error(codes::LIMIT, entry.key_place, message));
    }
    entries.iter().take(MOST).map(|entry| declaration(entry, problems)).collect()
}

fn declaration(entry: &Entry, problems: &Problems) -> Parameter {
    const FIELDS: &[&str] = &[
        "AllowedPattern",
        "AllowedValues",
        "ConstraintDescription",
        "Default",
        "Description",
        "MaxLength",
        "MaxValue",
        "MinLength",
        "MinValue",
        "NoEcho",
        "Type",
    ];
    let what = format!("the parameter `{}`", entry.key);
    let mut parameter = Parameter {
        name: entry.key.clone(),
        place: entry.key_place,
        kind: Kind::Unknown,
        default: None,
        allowed: Vec::new(),
        pattern: None,
        lengths: (None, None),
        values: (None, None),
        description: None,
        hidden: false,
    };
    let Some(fields) = Fields::of(&entry.value, &what, problems) else { return parameter };
    for field in fields.entries.iter().filter(|field| !FIELDS.contains(&field.key.as_str())) {
        let help = problems.closest(&field.key, FIELDS.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let message = format!("parameters have no property `{}`", field.key);
        problems.add(Problem::error(codes::UNKNOWN_PROPERTY, field.key_place, message).maybe_help(help));
    }
    if let Some(kind) = fields.needed_text("Type") {
        parameter.kind = Kind::named(&kind);
        if parameter.kind == Kind::Unknown
            && let Some(node) = fields.get("Type")
        {
            let near = problems.closest(&kind, ["String", "Number", "CommaDelimitedList", "List<Number>"]);
            let message = format!("{} is no parameter type", shown(&kind));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            problems.add(Problem::error(codes::INVALID_VALUE, node.place, message).maybe_help(help));
        }
    }
    parameter.default = fields.text("Default").zip(fields.get("Default").map(|node| node.place));
    parameter.allowed = fields.texts("AllowedValues");
    parameter.pattern = fields.text("AllowedPattern").zip(fields.get("AllowedPattern").map(|node| node.place));
    parameter.lengths = (fields.integer("MinLength", 0..=u32::MAX), fields.integer("MaxLength", 0..=u32::MAX));
    parameter.values = (number(&fields, "MinValue"), number(&fields, "MaxValue"));
    parameter.description = fields.text("ConstraintDescription");
    parameter.hidden = fields.boolean("NoEcho").unwrap_or(false);
    parameter
}

fn number(fields: &Fields<'_>, name: &str) -> Option<f64> {
    let text = fields.text(name)?;
    let number = text.parse().ok();
    if number.is_none()
        && let Some(node) = fields.get(name)
    {
        fields.invalid(name, node, "a number");
    }
    number
}

/// The values of all parameters in this run: what the settings give, or else the default. What is wrong with them is
/// reported.
pub(crate) fn values(template: &Template, settings: &Settings, problems: &Problems) -> BTreeMap<String, Data> {
    for name in settings.parameters.keys() {
        if template.parameters.iter().any(|parameter| parameter.name == *name) {
            continue;
        }
        let names = template.parameters.iter().map(|parameter| parameter.name.as_str());
        let help = problems.closest(name, names).map(|near| format!("did you mean `{near}`?"));
        let message = format!("a value is given for the parameter {}, which the template doesn't have", shown(name));
        problems.add(Problem::error(codes::PARAMETER_UNKNOWN, template.parameters_place, message).maybe_help(help));
    }
    let values =
        template.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.value(settings, problems)));
    values.collect()
}

impl Parameter {
    fn value(&self, settings: &Settings, problems: &Problems) -> Data {
        let given = settings.parameters.get(&self.name);
        let (text, place) = match (given, &self.default) {
            (Some(given), _) => (given.clone(), self.place),
            // The default is where the value is found in the store, not the value.
            (None, _) if self.kind == Kind::Stored => {
                let message = format!(
                    "the value of `{}` is in the Systems Manager Parameter Store, which only AWS can read",
                    self.name
                );
                let help = format!("give the value for the local run as the parameter `{}`", self.name);
                problems.add(Problem::error(codes::PARAMETER_MISSING, self.place, message).help(help));
                return Data::Unresolved;
            }
            (None, Some((default, place))) => (default.clone(), *place),
            (None, None) => match self.kind {
                Kind::Id(prefix) | Kind::Ids(prefix) => {
                    let invented = format!("{prefix}{:0<17}", "0local");
                    let message = format!(
                        "`{}` names something in an AWS account; the local run invents {}",
                        self.name,
                        shown(&invented)
                    );
                    problems.add(Problem::warning(codes::PARAMETER_INVENTED, self.place, message));
                    (invented, self.place)
                }
                Kind::Unknown => return Data::Unresolved,
                _ => {
                    let message = format!("the parameter `{}` has no default and is given no value", self.name);
                    let help = format!("give a value for `{}`, or add a `Default`", self.name);
                    problems.add(Problem::error(codes::PARAMETER_MISSING, self.place, message).help(help));
                    return Data::Unresolved;
                }
            },
        };
        self.check(&text, place, problems);
        if self.kind.is_list() {
            // Items are trimmed ("Parameters: CommaDelimitedList"); an empty text is a list of nothing.
            let items = text.split(',').map(|item| Node::text(place, item.trim()));
            return Data::List(if text.is_empty() { Vec::new() } else { items.collect() });
        }
        Data::Text(text)
    }

    fn check(&self, text: &str, place: Place, problems: &Problems) {
        let value = if self.hidden { "the value".to_owned() } else { shown(text) };
        let refuse = |must: String| {
            let message = format!("the parameter `{}` must be {must}, which {value} isn't", self.name);
            problems.add(Problem::error(codes::PARAMETER_VALUE, place, message).maybe_help(self.description.clone()));
        };
        if text.len() > LONGEST {
            refuse(format!("at most {LONGEST} bytes long"));
            return;
        }
        let regex = self.regex(problems);
        let items: Vec<&str> = if self.kind.is_list() { text.split(',').map(str::trim).collect() } else { vec![text] };
        for item in items {
            if matches!(self.kind, Kind::Number | Kind::Numbers) {
                let Ok(number) = item.parse::<f64>() else {
                    refuse("a number".to_owned());
                    continue;
                };
                if let Some(least) = self.values.0.filter(|least| number < *least) {
                    refuse(format!("at least {least}"));
                }
                if let Some(most) = self.values.1.filter(|most| number > *most) {
                    refuse(format!("at most {most}"));
                }
            }
            if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| allowed == item) {
                refuse(format!("one of {}", self.allowed.join(", ")));
            }
            let length = item.chars().count();
            if let Some(least) = self.lengths.0.filter(|least| length < *least as usize) {
                refuse(format!("at least {least} characters long"));
            }
            if let Some(most) = self.lengths.1.filter(|most| length > *most as usize) {
                refuse(format!("at most {most} characters long"));
            }
            if regex.as_ref().is_some_and(|(_, regex)| !regex.is_match(item)) {
                refuse(format!("of the form {}", regex.as_ref().map_or("", |(pattern, _)| pattern)));
            }
        }
    }

    /// `AllowedPattern`, when there is one that can be checked here.
    fn regex(&self, problems: &Problems) -> Option<(&str, Regex)> {
        let (pattern, place) = self.pattern.as_ref()?;
        // The whole value must match, as if the pattern stood between `^` and `$`.
        let regex = Regex::new(&format!("^(?:{pattern})$")).ok();
        if regex.is_none() {
            let message =
                format!("{} can't be checked here: it uses what only AWS's regular expressions have", shown(pattern));
            problems.add(Problem::warning(codes::PARAMETER_VALUE, *place, message));
        }
        regex.map(|regex| (pattern.as_str(), regex))
    }
}
