//! State machines and activities as rows of a store, and back.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::activity::Activity;
use super::machine::{About, Alias, Machine, Revision, Version};
use super::store::{Change, Kind, RegistryError, Row};

/// A version without what follows from it.
#[derive(Serialize, Deserialize)]
struct StoredVersion {
    machine: Arc<str>,
    number: u64,
    description: Option<String>,
    created_at: Timestamp,
    revision: u64,
}

/// Something that belongs to a state machine.
#[derive(Serialize, Deserialize)]
struct Part<T> {
    machine: Arc<str>,
    part: T,
}

/// What must be written so that the second takes the place of the first.
pub(super) fn changes(before: Option<&Machine>, after: Option<&Machine>) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    let arn = |machine: &Machine| machine.about.arn.to_string();
    match after {
        None => changes.delete(Kind::Machine, before.map(arn).as_slice()),
        Some(after) if before.is_none_or(|before| before.about != after.about) => {
            changes.put(Kind::Machine, arn(after), &after.about);
        }
        Some(_) => {}
    }
    let revisions = |machine: Option<&Machine>| {
        let all = machine.into_iter().flat_map(|machine| {
            machine
                .revisions()
                .into_iter()
                .map(|(number, revision)| (format!("{}#{number}", machine.about.arn), revision.clone()))
        });
        all.collect::<BTreeMap<_, _>>()
    };
    let versions = |machine: Option<&Machine>| {
        let all = machine.into_iter().flat_map(|machine| machine.versions.values());
        all.map(|version| (version.arn.to_string(), version.clone())).collect::<BTreeMap<_, _>>()
    };
    let aliases = |machine: Option<&Machine>| {
        let all = machine.into_iter().flat_map(|machine| machine.aliases.values());
        all.map(|alias| (alias.arn.to_string(), alias.clone())).collect::<BTreeMap<_, _>>()
    };
    let machine: Arc<str> = after.map(|machine| machine.about.arn.clone()).unwrap_or_default();
    changes.of(Kind::Revision, &revisions(before), &revisions(after), |revision| {
        text(&Part { machine: machine.clone(), part: revision })
    });
    changes.of(Kind::Version, &versions(before), &versions(after), |version| {
        text(&StoredVersion {
            machine: machine.clone(),
            number: version.number,
            description: version.description.clone(),
            created_at: version.created_at,
            revision: version.revision.number,
        })
    });
    changes.of(Kind::Alias, &aliases(before), &aliases(after), |alias| {
        text(&Part { machine: machine.clone(), part: alias })
    });
    changes.0
}

/// What must be written for an activity.
pub(super) fn activity(activity: &Activity) -> Change {
    Change::Put(Row { kind: Kind::Activity, key: activity.arn.to_string(), value: text(activity) })
}

struct Changes(Vec<Change>);

impl Changes {
    fn put(&mut self, kind: Kind, key: String, value: &impl Serialize) {
        self.0.push(Change::Put(Row { kind, key, value: text(value) }));
    }

    fn delete(&mut self, kind: Kind, keys: &[String]) {
        self.0.extend(keys.iter().map(|key| Change::Delete(kind, key.clone())));
    }

    /// What is gone, and what is new: parts are never changed, so one that was there is the same.
    fn of<T>(
        &mut self,
        kind: Kind,
        before: &BTreeMap<String, Arc<T>>,
        after: &BTreeMap<String, Arc<T>>,
        text: impl Fn(&T) -> String,
    ) {
        let gone: Vec<_> = before.keys().filter(|key| !after.contains_key(*key)).cloned().collect();
        self.delete(kind, &gone);
        for (key, part) in after {
            if before.get(key).is_none_or(|known| !Arc::ptr_eq(known, part)) {
                self.0.push(Change::Put(Row { kind, key: key.clone(), value: text(part) }));
            }
        }
    }
}

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("rows have text keys and no failing parts")
}

/// Everything that rows tell of.
pub(super) fn read(rows: Vec<Row>) -> Result<(Vec<Machine>, Vec<Activity>), RegistryError> {
    let mut of_kind: BTreeMap<Kind, Vec<Row>> = BTreeMap::new();
    for row in rows {
        of_kind.entry(row.kind).or_default().push(row);
    }
    let mut take = |kind| of_kind.remove(&kind).unwrap_or_default();
    let mut revisions: BTreeMap<(Arc<str>, u64), Arc<Revision>> = BTreeMap::new();
    for row in take(Kind::Revision) {
        let part: Part<Revision> = value(&row)?;
        revisions.insert((part.machine, part.part.number), Arc::new(part.part));
    }
    let missing = |row: &Row, what: &str| RegistryError::Damaged {
        kind: row.kind.name(),
        key: row.key.clone(),
        reason: format!("its {what} is missing"),
    };
    let mut machines: BTreeMap<Arc<str>, Machine> = BTreeMap::new();
    for row in take(Kind::Machine) {
        let about: About = value(&row)?;
        let current = revisions.get(&(about.arn.clone(), about.revision)).ok_or_else(|| missing(&row, "revision"))?;
        let (versions, aliases) = (BTreeMap::new(), BTreeMap::new());
        let machine = Machine { current: current.clone(), versions, aliases, about };
        machines.insert(machine.about.arn.clone(), machine);
    }
    for row in take(Kind::Version) {
        let stored: StoredVersion = value(&row)?;
        let machine = machines.get_mut(&stored.machine).ok_or_else(|| missing(&row, "state machine"))?;
        let revision = revisions.get(&(stored.machine.clone(), stored.revision));
        let revision = revision.ok_or_else(|| missing(&row, "revision"))?.clone();
        let version = Version::new(&stored.machine, stored.number, stored.description, stored.created_at, revision);
        machine.versions.insert(stored.number, Arc::new(version));
    }
    for row in take(Kind::Alias) {
        let Part { machine, part }: Part<Alias> = value(&row)?;
        let machine = machines.get_mut(&machine).ok_or_else(|| missing(&row, "state machine"))?;
        machine.aliases.insert(part.name.clone(), Arc::new(part));
    }
    let activities = take(Kind::Activity).iter().map(value).collect::<Result<_, _>>()?;
    Ok((machines.into_values().collect(), activities))
}

fn value<T: DeserializeOwned>(row: &Row) -> Result<T, RegistryError> {
    serde_json::from_str(&row.value).map_err(|error| RegistryError::Damaged {
        kind: row.kind.name(),
        key: row.key.clone(),
        reason: error.to_string(),
    })
}
