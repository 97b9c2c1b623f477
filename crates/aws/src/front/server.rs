//! The listener: one task for each connection, limits on each, and an orderly end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Front;
use super::pace::Attended;

/// Connections at the same time; further ones wait to be accepted.
pub(crate) const MAX_CONNECTIONS: usize = 2_048;
/// How long a connection may be idle, or take to send a request's head. SDKs give up idle ones sooner.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);
/// The largest head of a request, in bytes; what comes in one read with the end of a larger one may pass.
const MAX_HEAD: usize = 64 * 1024;
/// How long requests under way may go on at the end.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until cancelled, so many connections at the same time.
pub(crate) async fn serve(
    listener: TcpListener,
    front: Arc<Front>,
    most: usize,
    cancel: CancellationToken,
    tracker: TaskTracker,
) {
    let connections = Arc::new(Semaphore::new(most));
    loop {
        let accepted = async {
            let permit = Arc::clone(&connections).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = cancel.cancelled() => return,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let serving = connection(stream, peer, Arc::clone(&front), cancel.clone());
                tracker.spawn(async move {
                    serving.await;
                    drop(permit);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: some will be given back.
                tracing::warn!(%error, "can't accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, peer: SocketAddr, front: Arc<Front>, cancel: CancellationToken) {
    // Without it a reply's last packet waits for the client's acknowledgement, 40 ms.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "can't set TCP_NODELAY");
    }
    let service = service_fn(move |request| {
        let front = Arc::clone(&front);
        async move { Ok::<_, Infallible>(front.answer(request, peer.ip()).await) }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(Attended::new(stream)), service);
    let mut serving = pin!(serving);
    let ended = tokio::select! {
        ended = serving.as_mut() => ended,
        () = cancel.cancelled() => {
            serving.as_mut().graceful_shutdown();
            tokio::time::timeout(GRACE, serving).await.unwrap_or(Ok(()))
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, %peer, "a connection ended early");
    }
}
