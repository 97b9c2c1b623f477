//! Conditional requests
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>).

use http::StatusCode;
use s3s::dto::{ETagCondition, Timestamp};
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::fault;
use super::object::Version;

/// The conditions of a request that reads.
#[derive(Debug, Default)]
pub(super) struct ReadIf {
    pub(super) matches: Option<ETagCondition>,
    pub(super) none_matches: Option<ETagCondition>,
    pub(super) modified_since: Option<Timestamp>,
    pub(super) unmodified_since: Option<Timestamp>,
}

impl ReadIf {
    /// What fails, if anything: `true` is a failed precondition, `false` an object that isn't modified.
    fn failure(&self, found: &Version) -> Option<bool> {
        let modified = found.modified();
        match (&self.matches, &self.unmodified_since) {
            (Some(condition), _) if !holds(condition, &found.etag) => return Some(true),
            // An entity tag that matches outweighs the time.
            (None, Some(since)) if modified > *since => return Some(true),
            _ => {}
        }
        match (&self.none_matches, &self.modified_since) {
            (Some(condition), _) if holds(condition, &found.etag) => Some(false),
            (None, Some(since)) if modified <= *since => Some(false),
            _ => None,
        }
    }

    /// Checks a request that reads: 412 or 304.
    pub(super) fn check(&self, found: &Version) -> S3Result<()> {
        match self.failure(found) {
            None => Ok(()),
            Some(true) => Err(fault::precondition_failed()),
            Some(false) => {
                let mut error = S3Error::with_message(S3ErrorCode::NotModified, "Not Modified");
                error.set_status_code(StatusCode::NOT_MODIFIED);
                let error = fault::with_header(error, http::header::ETAG, &format!("\"{}\"", found.etag));
                let date = super::head::http_date(&found.modified()).unwrap_or_default();
                Err(fault::with_header(error, http::header::LAST_MODIFIED, &date))
            }
        }
    }

    /// Checks the source of a copy: 412 in any case.
    pub(super) fn check_source(&self, found: &Version) -> S3Result<()> {
        self.failure(found).map_or(Ok(()), |_| Err(fault::precondition_failed()))
    }
}

/// The conditions of a request that writes.
#[derive(Debug, Clone, Default)]
pub(super) struct WriteIf {
    pub(super) matches: Option<ETagCondition>,
    pub(super) none_matches: Option<ETagCondition>,
}

impl WriteIf {
    /// Checks the key's newest version, if there is one.
    pub(super) fn check(&self, latest: Option<&Version>) -> S3Result<()> {
        let there = latest.filter(|version| !version.marker);
        match &self.none_matches {
            Some(ETagCondition::Any) if there.is_some() => return Err(fault::precondition_failed()),
            Some(ETagCondition::ETag(_)) => return Err(fault::not_implemented("If-None-Match other than *")),
            _ => {}
        }
        match (&self.matches, there) {
            (Some(_), None) => Err(fault::no_such_key()),
            (Some(condition), Some(version)) if !holds(condition, &version.etag) => Err(fault::precondition_failed()),
            _ => Ok(()),
        }
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.matches.is_some() || self.none_matches.is_some()
    }
}

fn holds(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(asked) => asked.value() == etag,
    }
}
