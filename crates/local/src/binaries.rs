//! The programs of a stack, built.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lambda::{CompileError, Location, Progress};
use sam::stack::{Stack, TaskDefinition};

/// The profile that the function binaries are built with: the one of `cargo run`, so that nothing is compiled twice.
const PROFILE: &str = "dev";

/// The folder of that profile's binaries.
const PROFILE_FOLDER: &str = "debug";

/// Where the binaries of functions are, once they are built. Any number of stacks can be started with them
/// ([`crate::Local::start_built`]).
#[derive(Debug, Clone, Default)]
pub struct Binaries {
    paths: BTreeMap<String, PathBuf>,
    /// Partition, region and account of the stacks, which parameters don't change.
    pub(crate) location: Location,
}

impl Binaries {
    /// Builds whatever these stacks need with one call of cargo in `folder`, the workspace.
    pub async fn build(
        folder: &Path,
        stacks: impl IntoIterator<Item = &Stack>,
        on_build: impl FnMut(&Progress),
    ) -> Result<Self, CompileError> {
        let mut place = None;
        let mut wanted = BTreeSet::new();
        for stack in stacks {
            wanted.extend(programs(stack));
            place.get_or_insert_with(|| location(stack));
        }
        let wanted: Vec<&str> = wanted.into_iter().collect();
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let began = SystemTime::now();
        let paths = lambda::compile(folder, &wanted, PROFILE, on_build).await?;
        note_the_look(&paths, began);
        Ok(Self { paths, location: place.unwrap_or_default() })
    }

    /// Binaries that an endpoint runs: it knows a function by the name of its binary alone.
    pub(crate) fn of_endpoint(stack: &Stack) -> Self {
        let paths = programs(stack).map(|name| (name.to_owned(), PathBuf::from(name))).collect();
        Self { paths, location: location(stack) }
    }

    /// Binaries as an earlier build has left them, those that are younger than everything they were made of; the others are
    /// still to be built. None: there was no such build. Whoever has this asks cargo nevertheless, which knows more than the
    /// times of files, but need not wait for its answer, nor for others who are building.
    pub(crate) fn left_behind(stack: &Stack, folder: &Path) -> Option<Self> {
        let beside = left_in(stack, folder)?;
        let manifests = youngest([folder.join("Cargo.lock"), folder.join("Cargo.toml")].iter());
        let looked_at = modified(&beside.join(LOOKED_AT));
        let found = |name: &str| {
            let path = beside.join(name);
            // Cargo leaves a binary as it is when a change of its sources or manifests came to nothing.
            let good_since = modified(&path)?.max(looked_at.unwrap_or(SystemTime::UNIX_EPOCH));
            let sources = made_of(&beside.join(format!("{name}.d")))?;
            let manifests_too = manifests.is_none_or(|changed| changed <= good_since);
            (youngest(sources.iter())? <= good_since && manifests_too).then_some(path)
        };
        let paths = programs(stack).map(|name| (name.to_owned(), found(name).unwrap_or_default())).collect();
        Some(Self { paths, location: location(stack) })
    }

    /// Where a binary is; nowhere yet, if the path is empty.
    pub fn path(&self, binary: &str) -> Option<&Path> {
        self.paths.get(binary).map(PathBuf::as_path)
    }
}

/// The folder where an earlier build has left all binaries of a stack: beside this program (`cargo run`), or where cargo puts
/// them for the workspace in `folder` if nobody has configured another place.
fn left_in(stack: &Stack, folder: &Path) -> Option<PathBuf> {
    let program = std::env::current_exe().ok();
    let beside = program.as_deref().and_then(Path::parent).map(Path::to_owned);
    let configured = ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"].iter().find_map(std::env::var_os);
    let target = folder.join(configured.map_or_else(|| PathBuf::from("target"), PathBuf::from));
    let places = beside.into_iter().chain([target.join(PROFILE_FOLDER)]);
    complete(places, &programs(stack).collect::<Vec<_>>())
}

/// The first of these folders that has a file of every one of these names.
fn complete(mut places: impl Iterator<Item = PathBuf>, names: &[&str]) -> Option<PathBuf> {
    places.find(|place| names.iter().all(|name| place.join(name).is_file()))
}

/// The file beside the binaries whose time is that of cargo's last look at them.
const LOOKED_AT: &str = ".batuta-looked-at";

/// Notes that cargo found all of these good at that time.
fn note_the_look(paths: &BTreeMap<String, PathBuf>, at: SystemTime) {
    let Some(beside) = paths.values().next().and_then(|path| path.parent()) else { return };
    // Without the note, the next start waits for cargo.
    let _ = std::fs::File::create(beside.join(LOOKED_AT)).and_then(|file| file.set_modified(at));
}

/// When a file was changed.
fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|about| about.modified()).ok()
}

/// When the last of these was changed; none: one of them is not there.
fn youngest<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> Option<SystemTime> {
    paths.map(|path| modified(path)).try_fold(SystemTime::UNIX_EPOCH, |latest, at| Some(latest.max(at?)))
}

/// The files that cargo has noted beside a binary as what it was made of: `BINARY: FILE FILE…`, spaces in names escaped.
fn made_of(note: &Path) -> Option<Vec<PathBuf>> {
    let text = std::fs::read_to_string(note).ok()?;
    let (_, files) = text.lines().next()?.split_once(": ")?;
    let escaped = files.replace("\\ ", "\0");
    Some(escaped.split(' ').filter(|name| !name.is_empty()).map(|name| name.replace('\0', " ").into()).collect())
}

/// The names of the Cargo binaries that a stack runs: those of its functions, and those that stand for containers.
pub fn programs(stack: &Stack) -> impl Iterator<Item = &str> {
    stack.functions.iter().map(|function| function.binary.as_str()).chain(containers(stack))
}

/// The binaries that stand for containers.
fn containers(stack: &Stack) -> impl Iterator<Item = &str> {
    stack.task_definitions.iter().flat_map(|definition| container_programs(definition).map(|(_, binary)| binary))
}

/// The containers for which a task definition names a binary, with it, in
/// `Metadata: {Batuta: {Containers: {<container>: {Binary: <binary>}}}}`.
pub(crate) fn container_programs(definition: &TaskDefinition) -> impl Iterator<Item = (&str, &str)> {
    let named = definition.metadata.as_ref().and_then(|metadata| metadata.pointer("/Batuta/Containers")?.as_object());
    named
        .into_iter()
        .flatten()
        .filter_map(|(container, program)| Some((container.as_str(), program.get("Binary")?.as_str()?)))
}

/// Where a stack is.
pub(crate) fn location(stack: &Stack) -> Location {
    Location { partition: stack.partition.clone(), region: stack.region.clone(), account_id: stack.account_id.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_are_looked_for_where_all_of_them_are() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = |name: &str| folder.path().join(name);
        for (name, binaries) in [("release", &["batuta", "buy"][..]), ("debug", &["buy", "sell"])] {
            std::fs::create_dir(place(name)).expect("made");
            for binary in binaries {
                std::fs::write(place(name).join(binary), "").expect("written");
            }
        }
        let places = || [place("gone"), place("release"), place("debug")].into_iter();
        assert_eq!(complete(places(), &["buy", "sell"]), Some(place("debug")));
        assert_eq!(complete(places(), &["buy"]), Some(place("release")));
        assert_eq!(complete(places(), &["recommend"]), None);
    }

    #[test]
    fn what_a_binary_is_made_of_is_read_from_cargos_note() {
        let folder = tempfile::tempdir().expect("a folder");
        let note = folder.path().join("buy.d");
        std::fs::write(&note, "/t/buy: /a/my\\ code/lib.rs /a/main.rs\n").expect("written");
        assert_eq!(made_of(&note), Some(vec!["/a/my code/lib.rs".into(), "/a/main.rs".into()]));
        assert_eq!(made_of(&folder.path().join("sell.d")), None);
        assert_eq!(
            youngest([note.clone(), folder.path().join("gone")].iter()),
            None,
            "a source that is gone is a change"
        );
        assert_eq!(youngest([note.clone()].iter()), modified(&note));
    }
}
