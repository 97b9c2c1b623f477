//! What AWS would call a resource: its name, what `Ref` returns and what `Fn::GetAtt` returns.
//!
//! Values are patterns: text with `{name}`, `{logical}`, `{partition}`, `{region}`, `{account}`, `{stack}`, `{suffix}`
//! (the domain that AWS's endpoints end with), `{id}` and `{root}` (ten letters and digits, as an API's id), `{path}` (an
//! IAM path), `{queue_url}`, `{bus}` (the event bus of a rule's ARN), `{stage}`, `{alias}`,
//! `{function}` and `{machine}` (what a version or alias is of) in it.

use std::fmt::Write as _;

use super::{NameRule, ResourceType};
use crate::Settings;

/// A resource's name, and all that is made of it.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    /// The physical name or id.
    pub(crate) name: String,
    /// What `Ref` returns.
    pub(crate) reference: String,
}

/// What an identity is made from.
pub(crate) struct Naming<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) logical_id: &'a str,
    pub(crate) kind: &'a ResourceType,
    /// Looks up a property's text; the outer none when it can't be resolved.
    pub(crate) property: &'a dyn Fn(&str) -> Option<Option<String>>,
}

/// The identity; none when a property that it is made of can't be resolved.
pub(crate) fn identify(naming: &Naming<'_>) -> Option<Identity> {
    let name = match naming.kind.name_property {
        Some(property) => (naming.property)(property)?,
        None => None,
    };
    let name = match name {
        Some(name) => name,
        None => naming.invented()?,
    };
    let reference = naming.expand(naming.kind.reference, &name)?;
    Some(Identity { name, reference })
}

impl Naming<'_> {
    /// The name of a resource that its template doesn't name.
    fn invented(&self) -> Option<String> {
        let Settings { stack_name, .. } = self.settings;
        let logical_id = self.logical_id;
        let seed = format!("{stack_name}/{logical_id}");
        Some(match self.kind.naming {
            NameRule::Plain(longest) => shortened(format!("{stack_name}-{logical_id}"), longest),
            NameRule::Lowercase(longest) => shortened(format!("{stack_name}-{logical_id}").to_lowercase(), longest),
            NameRule::Fifo { property, longest } => {
                let suffix = if (self.property)(property)?.as_deref() == Some("true") { ".fifo" } else { "" };
                shortened(format!("{stack_name}-{logical_id}"), longest - suffix.len()) + suffix
            }
            NameRule::Hexadecimal(prefix, digits) => format!("{prefix}{}", hexadecimal(&seed, digits)),
            NameRule::Uuid => {
                let digits = hexadecimal(&seed, 32);
                let part = |range: std::ops::Range<usize>| &digits[range];
                format!("{}-{}-4{}-8{}-{}", part(0..8), part(8..12), part(13..16), part(17..20), part(20..32))
            }
        })
    }

    /// The ARN of the state machine that a version or an alias is of.
    fn state_machine(&self) -> Option<String> {
        if let Some(arn) = (self.property)("StateMachineArn")? {
            return Some(arn);
        }
        for path in ["RoutingConfiguration.0.StateMachineVersionArn", "DeploymentPreference.StateMachineVersionArn"] {
            if let Some(version) = (self.property)(path)?
                && let Some((arn, _)) = version.rsplit_once(':')
            {
                return Some(arn.to_owned());
            }
        }
        let name = format!("stateMachine:{}-{}", self.settings.stack_name, self.logical_id);
        Some(self.settings.arn("states", &name))
    }

    /// A pattern's text.
    pub(crate) fn expand(&self, pattern: &str, name: &str) -> Option<String> {
        let settings = self.settings;
        let mut text = String::with_capacity(pattern.len() + name.len());
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let (variable, after) = after.split_once('}')?;
            rest = after;
            match variable {
                "name" => text.push_str(name),
                "logical" => text.push_str(self.logical_id),
                "partition" => text.push_str(&settings.partition),
                "region" => text.push_str(&settings.region),
                "account" => text.push_str(&settings.account_id),
                "stack" => text.push_str(&settings.stack_name),
                "suffix" => text.push_str(settings.url_suffix()),
                "id" => text.push_str(&api_id(&settings.stack_name, self.logical_id)),
                "root" => text.push_str(&api_id(&settings.stack_name, &format!("{}/root", self.logical_id))),
                "path" => text.push_str((self.property)("Path")?.as_deref().unwrap_or("/")),
                "queue_url" => text.push_str(&settings.queue_url(name)),
                "stage" => text.push_str(&(self.property)("StageName")?.unwrap_or_else(|| "$default".to_owned())),
                "bus" => match (self.property)("EventBusName")?.as_deref().and_then(|bus| bus.rsplit('/').next()) {
                    None | Some("default") => {}
                    Some(bus) => {
                        text.push_str(bus);
                        text.push('/');
                    }
                },
                "function" => match (self.property)("FunctionName")? {
                    Some(function) => text.push_str(function.rsplit(':').next().unwrap_or_default()),
                    None => text.push_str(self.logical_id),
                },
                "machine" => text.push_str(&self.state_machine()?),
                "alias" => text.push_str(&(self.property)("AutoPublishAlias")?.unwrap_or_default()),
                _ => return None,
            }
        }
        text.push_str(rest);
        Some(text)
    }
}

/// A name no longer than allowed: a longer one keeps its beginning, and a hash keeps it distinct.
fn shortened(name: String, longest: usize) -> String {
    if name.len() <= longest || longest < 10 {
        return name;
    }
    let mut cut = longest - 9;
    while !name.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}-{}", &name[..cut], hexadecimal(&name, 8))
}

/// FNV-1a. It spreads names well, and an id needs to be stable rather than secret.
fn hash(text: &str, seed: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let hash = text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    // The last bytes of the text hardly reach the upper bits; mix them down.
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn hexadecimal(text: &str, digits: usize) -> String {
    let mut result = String::new();
    let mut seed = 0;
    while result.len() < digits {
        // Writing into a text can't fail.
        let _ = write!(result, "{:016x}", hash(text, seed));
        seed += 1;
    }
    result.truncate(digits);
    result
}

/// The id of an API: ten lower-case letters and digits, as API Gateway draws them.
fn api_id(stack: &str, logical_id: &str) -> String {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut rest = hash(&format!("{stack}/{logical_id}"), 0);
    (0..10)
        .map(|_| {
            let letter = ALPHABET[(rest % 36) as usize];
            rest /= 36;
            char::from(letter)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(kind: &ResourceType, logical_id: &str, properties: &[(&str, &str)]) -> Identity {
        let settings = Settings::new("shop");
        let property = |name: &str| {
            Some(properties.iter().find(|(property, _)| *property == name).map(|(_, value)| (*value).to_owned()))
        };
        identify(&Naming { settings: &settings, logical_id, kind, property: &property }).expect("nothing is unresolved")
    }

    #[test]
    fn a_resource_is_named_by_its_property_or_by_stack_and_logical_id() {
        let kind = ResourceType { name_property: Some("Name"), ..ResourceType::BASE };
        assert_eq!(identity(&kind, "Orders", &[]).name, "shop-Orders");
        assert_eq!(identity(&kind, "Orders", &[("Name", "mine")]).reference, "mine");
    }

    #[test]
    fn a_long_name_is_cut_but_stays_distinct() {
        let kind = ResourceType { naming: NameRule::Plain(20), ..ResourceType::BASE };
        let one = identity(&kind, "AVeryLongLogicalIdOne", &[]).name;
        let two = identity(&kind, "AVeryLongLogicalIdTwo", &[]).name;
        assert_eq!(one.len(), 20);
        assert!(one.starts_with("shop-AVeryL-"), "{one}");
        assert_ne!(one, two);
    }

    #[test]
    fn drawn_ids_have_the_form_of_those_that_aws_draws() {
        let vpc = ResourceType { naming: NameRule::Hexadecimal("vpc-", 17), ..ResourceType::BASE };
        let id = identity(&vpc, "Net", &[]).name;
        assert_eq!((id.len(), &id[..4]), (21, "vpc-"));
        let uuid = identity(&ResourceType { naming: NameRule::Uuid, ..ResourceType::BASE }, "Net", &[]).name;
        assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        let api = ResourceType { reference: "{id}", ..ResourceType::BASE };
        let one = identity(&api, "Api", &[]).reference;
        assert_eq!(one.len(), 10);
        assert_ne!(one, identity(&api, "Api2", &[]).reference);
    }

    #[test]
    fn fifo_names_end_as_they_must() {
        let rule = NameRule::Fifo { property: "FifoQueue", longest: 80 };
        let kind = ResourceType { naming: rule, ..ResourceType::BASE };
        assert_eq!(identity(&kind, "Q", &[("FifoQueue", "true")]).name, "shop-Q.fifo");
        assert_eq!(identity(&kind, "Q", &[("FifoQueue", "false")]).name, "shop-Q");
    }
}
