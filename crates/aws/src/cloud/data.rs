//! What outlives the process: opened at once, each in a file of the data directory, or all in memory.

use std::path::{Path, PathBuf};

use crate::dynamodb::Dynoxide;
use crate::error::Error;
use crate::lambda;
use crate::logs::Logs;
use crate::place::Place;
use crate::s3::S3;
use crate::sns;
use crate::sqs::Engine;

/// The services' stores.
pub(super) struct Data {
    pub(super) tables: Dynoxide,
    pub(super) queues: Engine,
    pub(super) topics: sns::Kept,
    pub(super) invocations: lambda::Kept,
    pub(super) logs: Logs,
    pub(super) s3: S3,
}

/// Opens them, in files that are made when they are not there.
///
/// # Errors
/// [`Error::Data`], which names the file and what to do.
pub(super) async fn open(folder: Option<PathBuf>, place: &Place, endpoint: &str) -> Result<Data, Error> {
    if let Some(folder) = &folder {
        std::fs::create_dir_all(folder).map_err(|error| unusable(folder, &error))?;
    }
    let file = |name: &str| folder.as_ref().map(|folder| folder.join(name));
    // Side by side: each waits for the disk.
    let tables = {
        let file = file("dynamodb.sqlite");
        blocking(move || Dynoxide::open(file.as_deref()))
    };
    let queues = {
        let (file, place, endpoint) = (file("sqs.sqlite"), place.clone(), endpoint.to_owned());
        blocking(move || Engine::open(file.as_deref(), &place, &endpoint))
    };
    let topics = {
        let file = file("sns.sqlite");
        blocking(move || sns::Kept::open(file.as_deref()))
    };
    let invocations = {
        let file = file("lambda.sqlite");
        blocking(move || lambda::Kept::open(file.as_deref()))
    };
    let logs = {
        let (file, place) = (file("logs.sqlite"), place.clone());
        blocking(move || Logs::open(place, file.as_deref()))
    };
    let s3 = {
        let (folder, place, endpoint) = (folder.clone(), place.clone(), endpoint.to_owned());
        blocking(move || S3::open(folder.as_deref(), place, endpoint))
    };
    // All are waited for, also when one can't be opened: whoever is told so finds none of the files in use.
    let (tables, queues, topics, invocations, logs, s3) = tokio::join!(tables, queues, topics, invocations, logs, s3);
    Ok(Data { tables: tables?, queues: queues?, topics: topics?, invocations: invocations?, logs: logs?, s3: s3? })
}

fn unusable(path: &Path, error: &std::io::Error) -> Error {
    Error::Data { path: path.to_owned(), reason: format!("{error}: choose a directory that can be written to") }
}

async fn blocking<T: Send + 'static>(open: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(open)
        .await
        .unwrap_or_else(|panic| Err(Error::Data { path: PathBuf::new(), reason: panic.to_string() }))
}
