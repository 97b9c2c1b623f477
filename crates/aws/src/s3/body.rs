//! Bodies on their way in: what is taken off them, and what they are held against.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;
use s3s::crypto::{Checksum as _, Sha256};
use s3s::{Body, StdError};

use super::checksum::Algorithm;
use super::chunked::Decoder;
use super::content::hex;
use crate::front::RequestBody;

/// A checksum that follows the body.
#[derive(Debug, Clone)]
pub(super) struct Trailer {
    pub(super) algorithm: Algorithm,
    arrived: Arc<Mutex<HeaderMap>>,
}

impl Trailer {
    /// The checksum, once the body has arrived.
    pub(super) fn take(&self) -> Option<String> {
        let arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        arrived.get(self.algorithm.header())?.to_str().ok().map(str::to_owned)
    }
}

/// Why a body is not what was said.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyFault {
    #[error("the body is shorter or longer than was said")]
    Incomplete,
    #[error("{0}")]
    Malformed(&'static str),
    #[error("the body has another SHA-256 than was signed")]
    Sha256,
}

/// Takes the coding `aws-chunked` off a body of `length` bytes, as far as that was said. What follows the body is kept for
/// the trailer, if one was announced.
pub(super) fn decoded(body: RequestBody, length: Option<u64>, announced: Option<Algorithm>) -> (Body, Option<Trailer>) {
    let arrived = Arc::new(Mutex::new(HeaderMap::new()));
    let trailer = announced.map(|algorithm| Trailer { algorithm, arrived: Arc::clone(&arrived) });
    let decoder = Some(Decoder::default());
    (Body::http_body_unsync(Chunked { body, decoder, left: length, arrived }), trailer)
}

/// Holds a body against the SHA-256 that was signed, in lower-case digits.
pub(super) fn checked(body: RequestBody, said: String) -> Body {
    Body::http_body_unsync(Checked { body, hash: Some((Sha256::new(), said)) })
}

/// A body whose coding is taken off as it arrives.
struct Chunked {
    body: RequestBody,
    /// `None` at the end.
    decoder: Option<Decoder>,
    /// What is still to come of the content, as far as it was said.
    left: Option<u64>,
    arrived: Arc<Mutex<HeaderMap>>,
}

impl http_body::Body for Chunked {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let this = &mut *self;
        loop {
            let Some(decoder) = &mut this.decoder else { return Poll::Ready(None) };
            match decoder.next() {
                Err(reason) => {
                    this.decoder = None;
                    return Poll::Ready(Some(Err(BodyFault::Malformed(reason).into())));
                }
                Ok(Some(data)) => {
                    if let Some(left) = &mut this.left {
                        let Some(rest) = left.checked_sub(data.len() as u64) else {
                            this.decoder = None;
                            return Poll::Ready(Some(Err(BodyFault::Incomplete.into())));
                        };
                        *left = rest;
                    }
                    return Poll::Ready(Some(Ok(Frame::data(data))));
                }
                Ok(None) => {}
            }
            match ready!(Pin::new(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        decoder.push(data);
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => {
                    let whole = decoder.end() && this.left.is_none_or(|left| left == 0);
                    let trailers = this.decoder.take().map(Decoder::trailers);
                    if !whole {
                        return Poll::Ready(Some(Err(BodyFault::Incomplete.into())));
                    }
                    *this.arrived.lock().unwrap_or_else(PoisonError::into_inner) = trailers.unwrap_or_default();
                    return Poll::Ready(None);
                }
            }
        }
    }
}

/// A body that is held against the SHA-256 that was signed.
struct Checked {
    body: RequestBody,
    /// `None` once it is compared.
    hash: Option<(Sha256, String)>,
}

impl http_body::Body for Checked {
    type Data = Bytes;
    type Error = StdError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let polled = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &polled {
            Some(Ok(frame)) => {
                if let (Some(data), Some((hash, _))) = (frame.data_ref(), &mut self.hash) {
                    hash.update(data);
                }
            }
            None => {
                if let Some((hash, said)) = self.hash.take()
                    && hex(hash.finalize().as_ref()) != said
                {
                    return Poll::Ready(Some(Err(BodyFault::Sha256.into())));
                }
            }
            Some(Err(_)) => {}
        }
        Poll::Ready(polled)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.body.size_hint()
    }
}
