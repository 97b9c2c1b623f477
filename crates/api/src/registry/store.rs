//! Where a registry is kept: the port, and the store that keeps nothing.

/// What a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A state machine, by its ARN.
    Machine,
    /// A revision, by `ARN#NUMBER`.
    Revision,
    /// A version, by its ARN.
    Version,
    /// An alias, by its ARN.
    Alias,
    /// An activity, by its ARN.
    Activity,
}

impl Kind {
    /// All of them, in the order in which a registry is put together from them.
    pub const ALL: [Self; 5] = [Self::Machine, Self::Revision, Self::Version, Self::Alias, Self::Activity];

    /// The word that stores know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Machine => "state machine",
            Self::Revision => "revision",
            Self::Version => "version",
            Self::Alias => "alias",
            Self::Activity => "activity",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One thing that a registry knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub kind: Kind,
    /// Its name, once among its kind.
    pub key: String,
    /// The rest, as JSON text.
    pub value: String,
}

/// One change of what a registry knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// There is this, in the place of what had the same kind and key.
    Put(Row),
    /// This is gone.
    Delete(Kind, String),
}

/// Why a registry can't be read or written.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RegistryError {
    /// The file can't be opened, read or written.
    #[error("the registry of state machines {path} can't be used: {reason}")]
    Unusable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// The file is a database, but not a registry of a version that this program reads.
    #[error(
        "the registry of state machines {path} has format {found}, and this batuta reads format {expected}: move the file \
         away, or use the batuta that wrote it"
    )]
    ForeignFormat {
        /// The file.
        path: String,
        /// What it says of itself.
        found: String,
        /// What is read.
        expected: u32,
    },
    /// What was read makes no registry.
    #[error("the registry's {kind} {key} is damaged: {reason}")]
    Damaged {
        /// What it is.
        kind: &'static str,
        /// Its name.
        key: String,
        /// What is wrong.
        reason: String,
    },
}

/// Port: where a registry is kept.
pub trait RegistryStore: Send + Sync {
    /// Everything that is kept.
    fn load(&self) -> Result<Vec<Row>, RegistryError>;

    /// Makes changes, all or none; they are durable when this returns.
    fn save(&self, changes: Vec<Change>) -> Result<(), RegistryError>;
}

/// A store that keeps nothing: its registry lives as long as the process.
#[derive(Debug, Default, Clone, Copy)]
pub struct Ephemeral;

impl RegistryStore for Ephemeral {
    fn load(&self) -> Result<Vec<Row>, RegistryError> {
        Ok(Vec::new())
    }

    fn save(&self, _changes: Vec<Change>) -> Result<(), RegistryError> {
        Ok(())
    }
}
