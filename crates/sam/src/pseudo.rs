//! The pseudo parameters: what every template can refer to without declaring it.

use crate::Settings;
use crate::syntax::{Data, Node, Place};

/// The pseudo parameters ("Get AWS values using pseudo parameters").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pseudo {
    AccountId,
    NotificationArns,
    NoValue,
    Partition,
    Region,
    StackId,
    StackName,
    UrlSuffix,
}

impl Pseudo {
    pub(crate) const NAMES: [(&'static str, Self); 8] = [
        ("AWS::AccountId", Self::AccountId),
        ("AWS::NotificationARNs", Self::NotificationArns),
        ("AWS::NoValue", Self::NoValue),
        ("AWS::Partition", Self::Partition),
        ("AWS::Region", Self::Region),
        ("AWS::StackId", Self::StackId),
        ("AWS::StackName", Self::StackName),
        ("AWS::URLSuffix", Self::UrlSuffix),
    ];

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, pseudo)| *pseudo)
    }
}

impl Pseudo {
    /// Its value; none for `AWS::NoValue`.
    pub(crate) fn value(self, settings: &Settings, place: Place) -> Option<Node> {
        match self {
            Self::NoValue => None,
            Self::NotificationArns => Some(Node::new(place, Data::List(Vec::new()))),
            _ => Some(Node::text(place, self.text(settings))),
        }
    }

    /// Its text; empty for the two that have none.
    fn text(self, settings: &Settings) -> String {
        match self {
            Self::AccountId => settings.account_id.clone(),
            Self::Partition => settings.partition.clone(),
            Self::Region => settings.region.clone(),
            Self::StackName => settings.stack_name.clone(),
            Self::UrlSuffix => settings.url_suffix().to_owned(),
            Self::StackId => {
                // AWS draws the last part.
                let stack = format!("stack/{}/00000000-0000-4000-8000-000000000000", settings.stack_name);
                settings.arn("cloudformation", &stack)
            }
            Self::NoValue | Self::NotificationArns => String::new(),
        }
    }
}
