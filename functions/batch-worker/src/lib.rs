//! Container `batch-worker`: summarises one part of a batch and stores the result.
//!
//! `Parallel State` runs one for each part, as an ECS task on Fargate; a local run starts this very program in place of the
//! container. Its work comes from the environment ([`Work::read`]), its result goes to an S3 object
//! ([`Work::key`]), where the workflow reads it, and its exit status tells how it went ([`Error::exit_status`]).
//!
//! It may run twice for one part, for a task whose end was not seen is run again. The same work makes the same result, and
//! only the first one is written.
#![warn(missing_docs)]

mod s3;
mod work;

use std::future::Future;
use std::process;

use batch::{Failure, PartResult, Totals, checksum};

pub use s3::S3Results;
pub use work::{Work, WorkError};

/// Port: where results go.
pub trait Results {
    /// Writes `document`, JSON text, under `key`, unless something is there.
    fn store(&self, key: &str, document: String) -> impl Future<Output = Result<Stored, StoreError>>;
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// It was written.
    New,
    /// One was there, from an earlier run on the same part: it is kept.
    There,
}

/// The result could not be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StoreError(pub String);

/// Why a container ends without a result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Its environment says no work: exit status 2. Another try ends the same.
    #[error("there is no work to do: {0}")]
    NoWork(#[from] WorkError),
    /// It was told to fail: exit status 1.
    #[error("this is a drill: the container ends as one that fails")]
    Drill,
    /// The result could not be stored: exit status 1.
    #[error("the result could not be stored: {0}")]
    NotStored(#[from] StoreError),
}

impl Error {
    /// The exit status: 2 for what no other try can make better, else 1.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::NoWork(_) => 2,
            Self::Drill | Self::NotStored(_) => 1,
        }
    }
}

/// Does the work. A drill that asks for an abort ends the process here.
pub async fn run(work: &Work, results: &impl Results) -> Result<PartResult, Error> {
    tracing::info!(count = work.numbers.len(), "part begun");
    match work.drill {
        Some(Failure::Exit) => return Err(Error::Drill),
        Some(Failure::Abort) => {
            tracing::error!("this is a drill: the container is killed by a signal");
            process::abort();
        }
        None => {}
    }
    let result = PartResult {
        execution: work.execution.clone(),
        batch_id: work.batch_id.clone(),
        part: work.part.clone(),
        totals: Totals::of(&work.numbers),
        checksum: checksum(&work.numbers),
    };
    let document = serde_json::to_string(&result).map_err(|error| StoreError(error.to_string()))?;
    let key = work.key();
    let stored = results.store(&key, document).await?;
    tracing::info!(key, stored = ?stored, sum = %result.totals.sum, "part done");
    Ok(result)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[derive(Default)]
    struct Shelf(RefCell<Vec<(String, String)>>);

    impl Results for Shelf {
        async fn store(&self, key: &str, document: String) -> Result<Stored, StoreError> {
            let Self(shelf) = self;
            if shelf.borrow().iter().any(|(known, _)| known == key) {
                return Ok(Stored::There);
            }
            shelf.borrow_mut().push((key.to_owned(), document));
            Ok(Stored::New)
        }
    }

    struct Full;

    impl Results for Full {
        async fn store(&self, _: &str, _: String) -> Result<Stored, StoreError> {
            Err(StoreError("the shelf is full".to_owned()))
        }
    }

    fn work(drill: Option<Failure>) -> Work {
        Work {
            execution: "demo".to_owned(),
            state: "Run Container 2".to_owned(),
            batch_id: "batch".parse().unwrap(),
            part: "2".to_owned(),
            numbers: batch::read_numbers("0.1,0.2").unwrap(),
            drill,
            bucket: "results".to_owned(),
        }
    }

    #[tokio::test]
    async fn the_same_work_makes_the_same_result_and_is_stored_once() {
        let shelf = Shelf::default();
        let first = run(&work(None), &shelf).await.unwrap();
        assert_eq!(run(&work(None), &shelf).await.unwrap(), first);
        let stored = shelf.0.into_inner();
        let [(key, document)] = stored.as_slice() else { panic!("{stored:?}") };
        assert_eq!(key, "results/demo/2.json");
        assert_eq!(serde_json::from_str::<PartResult>(document).unwrap(), first);
        assert_eq!(first.totals.sum.to_string(), "0.3");
    }

    #[tokio::test]
    async fn a_failure_has_the_exit_status_that_says_whether_another_try_helps() {
        let error = run(&work(None), &Full).await.unwrap_err();
        assert_eq!(
            (error.exit_status(), error.to_string().as_str()),
            (1, "the result could not be stored: the shelf is full")
        );
        let shelf = Shelf::default();
        assert_eq!(run(&work(Some(Failure::Exit)), &shelf).await.unwrap_err().exit_status(), 1);
        assert!(shelf.0.into_inner().is_empty());
        assert_eq!(Error::from(WorkError::Missing("PART")).exit_status(), 2);
    }
}
