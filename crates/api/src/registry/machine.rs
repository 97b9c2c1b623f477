//! State machines as the registry knows them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use journal::Origin;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::variable_references;

/// A state machine with its versions and aliases. It is never changed but replaced by a changed copy; what the copies have
/// in common they share.
#[derive(Debug, Clone)]
pub struct Machine {
    pub(crate) about: About,
    /// What it is now.
    pub(crate) current: Arc<Revision>,
    /// Its published versions, by their numbers.
    pub(crate) versions: BTreeMap<u64, Arc<Version>>,
    /// Its aliases, by their names.
    pub(crate) aliases: BTreeMap<Arc<str>, Arc<Alias>>,
}

/// What does not depend on the revision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct About {
    pub(crate) arn: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) express: bool,
    pub(crate) created_at: Timestamp,
    /// Its place in the order of creation.
    pub(crate) position: u64,
    /// The number of the current revision, from 1.
    pub(crate) revision: u64,
    /// The number of the version that is published next. Numbers are not used twice.
    pub(crate) next_version: u64,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A state machine as it was between two updates.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Revision {
    /// From 1.
    pub(crate) number: u64,
    /// `revisionId`; the first has none.
    pub(crate) id: Option<Arc<str>>,
    pub(crate) content: Content,
    pub(crate) updated_at: Timestamp,
    #[serde(skip)]
    compiled: OnceLock<Option<Arc<asl::model::StateMachine>>>,
    #[serde(skip)]
    origin: OnceLock<Arc<Origin>>,
    #[serde(skip)]
    references: OnceLock<BTreeMap<String, Vec<String>>>,
}

/// What a revision consists of: two with the same are the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) definition: Arc<str>,
    pub(crate) role_arn: Arc<str>,
    /// `loggingConfiguration`, with its defaults filled in.
    pub(crate) logging: Arc<Value>,
    /// `tracingConfiguration.enabled`
    pub(crate) tracing: bool,
    /// `encryptionConfiguration`
    pub(crate) encryption: Arc<Value>,
}

/// A revision that was published.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) number: u64,
    pub(crate) arn: Arc<str>,
    pub(crate) description: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) revision: Arc<Revision>,
    origin: Arc<Origin>,
}

/// A name for one or two versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alias {
    pub(crate) name: Arc<str>,
    pub(crate) arn: Arc<str>,
    pub(crate) description: Option<String>,
    pub(crate) routes: Vec<Route>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    /// Its place in the order of creation.
    pub(crate) position: u64,
}

/// Where an alias leads, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Route {
    /// The version's number.
    pub(crate) version: u64,
    /// Of a hundred executions, so many.
    pub(crate) weight: u8,
}

impl Revision {
    pub(crate) fn new(
        number: u64,
        id: Option<Arc<str>>,
        content: Content,
        updated_at: Timestamp,
        compiled: Arc<asl::model::StateMachine>,
    ) -> Self {
        Self {
            number,
            id,
            content,
            updated_at,
            compiled: OnceLock::from(Some(compiled)),
            origin: OnceLock::new(),
            references: OnceLock::new(),
        }
    }

    /// The compiled definition: compiled once, at the latest when it is first needed. None: an older batuta took what this
    /// one does not.
    pub(crate) fn compiled(&self, express: bool) -> Option<Arc<asl::model::StateMachine>> {
        let compile = || asl::parse(&self.content.definition, &options(express)).machine;
        self.compiled.get_or_init(compile).clone()
    }

    /// What executions of this revision that are started without a version say of it.
    pub(crate) fn origin(&self) -> &Arc<Origin> {
        self.origin.get_or_init(|| {
            Arc::new(Origin {
                revision_id: self.id.clone(),
                updated_at: self.updated_at,
                logging: (self.content.logging != super::logging_off()).then(|| self.content.logging.clone()),
                tracing: self.content.tracing,
                encryption: (self.content.encryption != super::aws_owned_key())
                    .then(|| self.content.encryption.clone()),
                ..Origin::default()
            })
        })
    }

    /// `variableReferences`: the variables that each state reads.
    pub(crate) fn variable_references(&self) -> &BTreeMap<String, Vec<String>> {
        self.references.get_or_init(|| variable_references::of(&self.content.definition))
    }
}

/// How definitions of the API are read.
pub(crate) fn options(express: bool) -> asl::Options {
    asl::Options { express, ..asl::Options::default() }
}

impl Version {
    pub(crate) fn new(
        machine_arn: &str,
        number: u64,
        description: Option<String>,
        created_at: Timestamp,
        revision: Arc<Revision>,
    ) -> Self {
        let arn: Arc<str> = format!("{machine_arn}:{number}").into();
        let origin = Arc::new(Origin { version_arn: Some(arn.clone()), ..Origin::clone(revision.origin()) });
        Self { number, arn, description, created_at, revision, origin }
    }

    /// What executions that are started from this version say of it.
    pub(crate) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }
}

impl Alias {
    /// The version that the next execution runs, for a number below 100 that somebody drew.
    pub(crate) fn route(&self, drawn: u8) -> u64 {
        let mut below = 0;
        for route in &self.routes {
            below += route.weight;
            if drawn < below {
                return route.version;
            }
        }
        self.routes.last().map_or(0, |route| route.version)
    }
}

impl Machine {
    /// Its ARN.
    pub fn arn(&self) -> &Arc<str> {
        &self.about.arn
    }

    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.about.name
    }

    /// Whether it is of type `EXPRESS`.
    pub fn is_express(&self) -> bool {
        self.about.express
    }

    /// The version whose revision is the current one.
    pub(crate) fn current_version(&self) -> Option<&Arc<Version>> {
        self.versions.values().rev().find(|version| version.revision.number == self.current.number)
    }

    /// Publishes the current revision, if it is not published yet.
    pub(crate) fn publish(&mut self, description: Option<String>, now: Timestamp) -> Arc<Version> {
        if let Some(version) = self.current_version() {
            return version.clone();
        }
        let number = self.about.next_version;
        self.about.next_version += 1;
        let version = Arc::new(Version::new(&self.about.arn, number, description, now, self.current.clone()));
        self.versions.insert(number, version.clone());
        version
    }

    /// Gives it that content. Says whether that was a change.
    pub(crate) fn update(&mut self, content: Content, compiled: Arc<asl::model::StateMachine>, now: Timestamp) -> bool {
        if self.current.content == content {
            // It need not be compiled again after it was read from the store.
            let _ = self.current.compiled.set(Some(compiled));
            return false;
        }
        self.about.revision += 1;
        let id = uuid::Uuid::new_v4().to_string().into();
        self.current = Arc::new(Revision::new(self.about.revision, Some(id), content, now, compiled));
        true
    }

    /// The aliases that lead to a version, in the order of their creation.
    pub(crate) fn aliases_of(&self, version: u64) -> Vec<&Arc<Alias>> {
        let leads_there = |alias: &&Arc<Alias>| alias.routes.iter().any(|route| route.version == version);
        let mut aliases: Vec<_> = self.aliases.values().filter(leads_there).collect();
        aliases.sort_by_key(|alias| alias.position);
        aliases
    }

    /// Every revision that is in use.
    pub(crate) fn revisions(&self) -> BTreeMap<u64, &Arc<Revision>> {
        let published = self.versions.values().map(|version| &version.revision);
        published.chain([&self.current]).map(|revision| (revision.number, revision)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_leads_to_its_versions_by_their_weights() {
        let routes = vec![Route { version: 3, weight: 30 }, Route { version: 4, weight: 70 }];
        let alias = Alias {
            name: "live".into(),
            arn: "arn".into(),
            description: None,
            routes,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            position: 1,
        };
        let counts = [3, 4].map(|version| (0..100).filter(|drawn| alias.route(*drawn) == version).count());
        assert_eq!(counts, [30, 70]);
    }
}
