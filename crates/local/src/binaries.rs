//! The programs of a stack, built.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use lambda::{CompileError, Location, Progress};
use sam::stack::{Stack, TaskDefinition};

/// The profile that the function binaries are built with: the one of `cargo run`, so that nothing is compiled twice.
const PROFILE: &str = "dev";

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
        let paths = lambda::compile(folder, &wanted, PROFILE, on_build).await?;
        Ok(Self { paths, location: place.unwrap_or_default() })
    }

    /// Binaries that an endpoint runs: it knows a function by the name of its binary alone.
    pub(crate) fn of_endpoint(stack: &Stack) -> Self {
        let paths = programs(stack).map(|name| (name.to_owned(), PathBuf::from(name))).collect();
        Self { paths, location: location(stack) }
    }

    /// Binaries that are still to be built.
    pub(crate) fn unbuilt(stack: &Stack) -> Self {
        let paths = programs(stack).map(|name| (name.to_owned(), PathBuf::new())).collect();
        Self { paths, location: location(stack) }
    }

    /// Where a binary is; nowhere yet, if the path is empty.
    pub fn path(&self, binary: &str) -> Option<&Path> {
        self.paths.get(binary).map(PathBuf::as_path)
    }
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
