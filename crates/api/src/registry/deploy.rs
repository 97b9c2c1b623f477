//! Deploying a state machine, as `CloudFormation` does.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::machine::{About, Alias, Content, Machine, Revision, Route};
use super::{Activity, Registry, RegistryError, aws_owned_key, logging_off};

/// A state machine of a template.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Its ARN.
    pub arn: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// Whether it is of type `EXPRESS`.
    pub express: bool,
    /// The definition's text, substitutions made.
    pub definition: Arc<str>,
    /// The compiled definition.
    pub compiled: Arc<asl::model::StateMachine>,
    /// The role that its executions run under.
    pub role_arn: Arc<str>,
    /// `loggingConfiguration` as the API has it; none for the default.
    pub logging: Option<Value>,
    /// Whether X-Ray traces it.
    pub tracing: bool,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The alias that leads to what is deployed last; none publishes no version.
    pub alias: Option<Arc<str>>,
}

impl Registry {
    /// Makes a state machine of a template what the template says, or leaves it when it is that already. Its executions
    /// and its versions stay.
    pub fn deploy(&self, deployment: Deployment, now: Timestamp) -> Result<(), RegistryError> {
        let Deployment { arn, name, express, definition, compiled, role_arn, logging, tracing, tags, alias } =
            deployment;
        let content = Content {
            definition,
            role_arn,
            logging: logging.map_or_else(logging_off, Arc::new),
            tracing,
            encryption: aws_owned_key(),
        };
        self.change(&arn, |known, position| {
            // A type can't be changed: CloudFormation makes another state machine in its place.
            let mut machine = match known.filter(|known| known.about.express == express) {
                Some(known) => {
                    let mut machine = known.clone();
                    machine.update(content, compiled, now);
                    machine
                }
                None => Machine {
                    about: About {
                        arn: arn.clone(),
                        name,
                        express,
                        created_at: now,
                        position,
                        revision: 1,
                        next_version: 1,
                        tags: BTreeMap::new(),
                    },
                    current: Arc::new(Revision::new(1, None, content, now, compiled)),
                    versions: BTreeMap::new(),
                    aliases: BTreeMap::new(),
                },
            };
            machine.about.tags = tags;
            if let Some(name) = alias {
                lead(&mut machine, name, position, now);
            }
            Ok((Some(machine), ()))
        })
    }
}

impl Registry {
    /// Makes an activity of a template, or leaves it when it is there.
    pub fn deploy_activity(&self, arn: &str, name: &str, now: Timestamp) -> Result<(), RegistryError> {
        self.change_activity(arn, |known, position| {
            let made = || Activity {
                arn: arn.into(),
                name: name.into(),
                created_at: now,
                position,
                encryption: aws_owned_key(),
                tags: BTreeMap::new(),
            };
            Ok((Some(known.cloned().unwrap_or_else(made)), ()))
        })
    }
}

/// Publishes the current revision and has the alias lead there.
fn lead(machine: &mut Machine, name: Arc<str>, position: u64, now: Timestamp) {
    let version = machine.publish(None, now).number;
    let routes = vec![Route { version, weight: 100 }];
    let alias = match machine.aliases.get(&name) {
        Some(known) if known.routes == routes => return,
        Some(known) => Alias { routes, updated_at: now, ..Alias::clone(known) },
        None => Alias {
            arn: format!("{}:{name}", machine.about.arn).into(),
            name: name.clone(),
            description: None,
            routes,
            created_at: now,
            updated_at: now,
            position,
        },
    };
    machine.aliases.insert(name, Arc::new(alias));
}
