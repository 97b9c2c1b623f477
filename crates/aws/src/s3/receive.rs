//! Content that arrives, held against the checksums that came with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::StreamExt as _;
use s3s::dto::StreamingBlob;
use s3s::{S3Result, s3_error};

use super::body::Trailer;
use super::checksum::{Algorithm, Sum};
use super::content::{self, Content};
use super::{Objects, fault};

/// The largest content of one request, in bytes.
const MAX_SIZE: i64 = 5 * 1024 * 1024 * 1024;

/// Content that is about to arrive, and what was said of it.
pub(super) struct Arriving {
    pub(super) body: Option<StreamingBlob>,
    pub(super) length: Option<i64>,
    /// `Content-MD5`.
    pub(super) md5: Option<String>,
    pub(super) sum: Option<Sum>,
    /// A checksum that follows the body.
    pub(super) trailer: Option<Trailer>,
    /// The algorithm when no checksum is given.
    pub(super) otherwise: Algorithm,
    /// An algorithm whose checksum is made in any case.
    pub(super) also: Option<Algorithm>,
}

impl Arriving {
    /// The algorithm of the checksum that comes with it.
    pub(super) fn algorithm(&self) -> Option<Algorithm> {
        self.sum.as_ref().map(|sum| sum.algorithm).or(self.trailer.as_ref().map(|trailer| trailer.algorithm))
    }

    /// Takes it in. Nothing is kept of content that isn't what was said.
    pub(super) async fn take(self, objects: &Objects) -> S3Result<Content> {
        let length = self
            .length
            .ok_or_else(|| s3_error!(MissingContentLength, "You must provide the Content-Length HTTP header."))?;
        if length > MAX_SIZE {
            return Err(s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size"));
        }
        let said = self.md5.as_deref().map(|md5| {
            STANDARD
                .decode(md5)
                .ok()
                .filter(|md5| md5.len() == 16)
                .ok_or_else(|| s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid."))
        });
        let said = said.transpose()?;
        let algorithm = self.algorithm().unwrap_or(self.otherwise);
        let body = futures_util::stream::iter(self.body).flatten();
        let content = content::take(objects.store.blobs(), body, algorithm, self.also).await?;
        if content.size != length as u64 {
            return Err(s3_error!(
                IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length HTTP header"
            ));
        }
        if said.is_some_and(|md5| md5 != content.md5) {
            return Err(s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received."));
        }
        let sum = match (self.sum, self.trailer) {
            (Some(sum), _) => Some(sum.value),
            (None, Some(trailer)) => {
                let sum = trailer
                    .take()
                    .ok_or_else(|| fault::invalid_request(format!("The trailer {} is missing", algorithm.header())))?;
                Some(sum)
            }
            (None, None) => None,
        };
        if sum.is_some_and(|sum| sum != content.sum.value) {
            return Err(fault::bad_digest(algorithm.name()));
        }
        Ok(content)
    }
}
