//! The registry: state machines with their revisions, versions and aliases, activities, and tags.
//!
//! What is read most is in memory; every change is in the store before it is seen. Executions are not here: they are in
//! the journal, with the definition that they run.

mod activity;
mod deploy;
mod machine;
mod rows;
mod sqlite;
mod store;
mod variable_references;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use journal::Origin;
use machine::options;
use serde_json::{Value, json};

pub(crate) use activity::Activity;
pub use deploy::Deployment;
pub use machine::Machine;
pub(crate) use machine::{About, Alias, Content, Revision, Route, Version};
pub use sqlite::SqliteRegistry;
pub use store::{Change, Ephemeral, Kind, RegistryError, RegistryStore, Row};
pub(crate) use variable_references::of as variable_references;

use crate::arn;
use crate::error::ApiError;

/// `loggingConfiguration` of a state machine that was given none.
pub(crate) fn logging_off() -> Arc<Value> {
    static OFF: LazyLock<Arc<Value>> =
        LazyLock::new(|| Arc::new(json!({"level": "OFF", "includeExecutionData": false})));
    OFF.clone()
}

/// `encryptionConfiguration` of what was given none.
pub(crate) fn aws_owned_key() -> Arc<Value> {
    static KEY: LazyLock<Arc<Value>> = LazyLock::new(|| Arc::new(json!({"type": "AWS_OWNED_KEY"})));
    KEY.clone()
}

/// The state machines and activities of one account in one region.
pub struct Registry {
    region: String,
    account_id: String,
    store: Box<dyn RegistryStore>,
    known: RwLock<Known>,
    /// Held by whoever changes something, from its first look to the end, so that two changes don't undo each other.
    changing: Mutex<()>,
}

#[derive(Default)]
struct Known {
    machines: HashMap<Arc<str>, Arc<Machine>>,
    activities: HashMap<Arc<str>, Arc<Activity>>,
    /// The position of the next thing that is created.
    next_position: u64,
}

/// What an execution is started from.
pub(crate) struct Target {
    pub(crate) machine: Arc<Machine>,
    pub(crate) revision: Arc<Revision>,
    pub(crate) origin: Arc<Origin>,
}

impl Registry {
    /// The registry that a store keeps. New things get ARNs of that region and account.
    pub fn open(
        region: impl Into<String>,
        account_id: impl Into<String>,
        store: Box<dyn RegistryStore>,
    ) -> Result<Self, RegistryError> {
        let (machines, activities) = rows::read(store.load()?)?;
        let positions = machines.iter().map(|machine| machine.about.position);
        let aliases = machines.iter().flat_map(|machine| machine.aliases.values()).map(|alias| alias.position);
        let last = positions.chain(aliases).chain(activities.iter().map(|activity| activity.position)).max();
        let known = Known {
            next_position: last.map_or(1, |last| last + 1),
            machines: machines.into_iter().map(|machine| (machine.about.arn.clone(), Arc::new(machine))).collect(),
            activities: activities.into_iter().map(|activity| (activity.arn.clone(), Arc::new(activity))).collect(),
        };
        Ok(Self {
            region: region.into(),
            account_id: account_id.into(),
            store,
            known: RwLock::new(known),
            changing: Mutex::default(),
        })
    }

    /// An empty registry that lives as long as the process.
    pub fn ephemeral(region: impl Into<String>, account_id: impl Into<String>) -> Self {
        Self {
            region: region.into(),
            account_id: account_id.into(),
            store: Box::new(Ephemeral),
            known: RwLock::default(),
            changing: Mutex::default(),
        }
    }

    /// The region of what is created here.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The state machine with that ARN, which names no version and no alias.
    pub fn find(&self, arn: &str) -> Option<Arc<Machine>> {
        self.known().machines.get(arn).cloned()
    }

    /// Every value in there is replaced with one call, so it is whole after any panic.
    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn changing(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `arn:aws:states:REGION:ACCOUNT:KIND:NAME`.
    pub(crate) fn arn(&self, kind: &str, name: &str) -> Arc<str> {
        // The partition follows from the region.
        let partition = match self.region.split('-').next() {
            Some("cn") => "aws-cn",
            Some("us") if self.region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        };
        format!("arn:{partition}:states:{}:{}:{kind}:{name}", self.region, self.account_id).into()
    }

    /// What an execution of that ARN is started from, which may name a version or an alias.
    pub(crate) fn target(&self, text: &str) -> Result<Target, ApiError> {
        let named = arn::state_machine(text)?;
        let missing = || ApiError::no_state_machine(text);
        let machine = self.find(named.base).ok_or_else(missing)?;
        let Some(qualifier) = named.qualifier else {
            let revision = machine.current.clone();
            return Ok(Target { origin: revision.origin().clone(), machine, revision });
        };
        if let Some(version) = version_number(qualifier) {
            let version = machine.versions.get(&version).ok_or_else(missing)?.clone();
            let (revision, origin) = (version.revision.clone(), version.origin().clone());
            return Ok(Target { machine, revision, origin });
        }
        let alias = machine.aliases.get(qualifier).ok_or_else(missing)?;
        let drawn = (uuid::Uuid::new_v4().as_u128() % 100) as u8;
        let version = machine.versions.get(&alias.route(drawn)).ok_or_else(missing)?.clone();
        let origin = Origin { alias_arn: Some(alias.arn.clone()), ..Origin::clone(version.origin()) };
        Ok(Target { revision: version.revision.clone(), origin: Arc::new(origin), machine })
    }

    /// All state machines, in the order of their creation.
    pub(crate) fn machines(&self) -> Vec<Arc<Machine>> {
        let mut machines: Vec<_> = self.known().machines.values().cloned().collect();
        machines.sort_unstable_by_key(|machine| machine.about.position);
        machines
    }

    /// Changes what is known of a state machine: `change` gets what is there and gives what shall be there instead, with
    /// an answer. One change comes after the other; it is stored and seen when this returns.
    pub(crate) fn change<T, E: From<RegistryError>>(
        &self,
        arn: &str,
        change: impl FnOnce(Option<&Machine>, u64) -> Result<(Option<Machine>, T), E>,
    ) -> Result<T, E> {
        let _alone = self.changing();
        let (before, position) = {
            let known = self.known();
            (known.machines.get(arn).cloned(), known.next_position)
        };
        let (after, answer) = change(before.as_deref(), position)?;
        let changes = rows::changes(before.as_deref(), after.as_ref());
        if !changes.is_empty() {
            self.store.save(changes)?;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.next_position = position + 1;
        match after {
            Some(machine) => drop(known.machines.insert(machine.about.arn.clone(), Arc::new(machine))),
            None => drop(known.machines.remove(arn)),
        }
        Ok(answer)
    }

    /// The activity with that ARN.
    pub(crate) fn activity(&self, arn: &str) -> Option<Arc<Activity>> {
        self.known().activities.get(arn).cloned()
    }

    /// All activities, in the order of their creation.
    pub(crate) fn activities(&self) -> Vec<Arc<Activity>> {
        let mut activities: Vec<_> = self.known().activities.values().cloned().collect();
        activities.sort_unstable_by_key(|activity| activity.position);
        activities
    }

    /// Changes what is known of an activity, as [`Registry::change`] does of a state machine.
    pub(crate) fn change_activity<T, E: From<RegistryError>>(
        &self,
        arn: &str,
        change: impl FnOnce(Option<&Activity>, u64) -> Result<(Option<Activity>, T), E>,
    ) -> Result<T, E> {
        let _alone = self.changing();
        let (before, position) = {
            let known = self.known();
            (known.activities.get(arn).cloned(), known.next_position)
        };
        let (after, answer) = change(before.as_deref(), position)?;
        if before.as_deref() != after.as_ref() {
            let change = match &after {
                Some(activity) => rows::activity(activity),
                None => Change::Delete(Kind::Activity, arn.to_owned()),
            };
            self.store.save(vec![change])?;
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.next_position = position + 1;
        match after {
            Some(activity) => drop(known.activities.insert(activity.arn.clone(), Arc::new(activity))),
            None => drop(known.activities.remove(arn)),
        }
        Ok(answer)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry").field("region", &self.region).finish_non_exhaustive()
    }
}

/// The number of a version, if a qualifier is one: names of aliases have something that is no digit.
pub(crate) fn version_number(qualifier: &str) -> Option<u64> {
    qualifier.bytes().all(|byte| byte.is_ascii_digit()).then(|| qualifier.parse().ok()).flatten()
}

/// Compiles a definition, or refuses it as AWS does.
pub(crate) fn compile(definition: &str, express: bool) -> Result<Arc<asl::model::StateMachine>, ApiError> {
    let parsed = asl::parse(definition, &options(express));
    parsed.machine.ok_or_else(|| {
        let message = asl::aws::invalid_definition(&parsed.diagnostics);
        ApiError::bad_request("InvalidDefinition", message.unwrap_or_default())
    })
}
