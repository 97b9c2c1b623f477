use std::task::{Context, Poll};

use domain::Fault;
use lambda_runtime::tower::Layer;
use lambda_runtime::{LambdaEvent, LambdaInvocation, Runtime, Service, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Instrument;
use tracing::instrument::Instrumented;

use crate::{Error, Failure, InvalidInput, input, logs};

/// Serves invocations one after the other until Lambda ends the process.
///
/// The payload is read as an `I` by [`input::read`]; when it is none, the invocation fails with `InvalidInput` and the
/// handler is not called. An error of the handler is reported under its [`Fault::name`].
pub fn run<I, O, E>(handler: impl AsyncFn(I) -> Result<O, E>) -> impl Future<Output = Result<(), Error>>
where
    I: DeserializeOwned,
    O: Serialize,
    E: Fault,
{
    serve(input::read, handler)
}

/// Like [`run`], for a function whose `input` may be something else than an object: [`input::read_any`].
pub fn run_any<I, O, E>(handler: impl AsyncFn(I) -> Result<O, E>) -> impl Future<Output = Result<(), Error>>
where
    I: DeserializeOwned,
    O: Serialize,
    E: Fault,
{
    serve(input::read_any, handler)
}

// The two above are no `async fn`s: one future more around this one, and rustc's depth limit is met in the functions that
// use the SDK.
async fn serve<I, O, E>(
    read: fn(Value) -> Result<I, InvalidInput>,
    handler: impl AsyncFn(I) -> Result<O, E>,
) -> Result<(), Error>
where
    O: Serialize,
    E: Fault,
{
    let handler = &handler;
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        let input = read(event.payload)?;
        handler(input).await.map_err(Failure::from)
    });
    Runtime::new(service).layer(Named).run().await
}

/// Opens the span of an invocation before anything logs in it: also the runtime's own line about a failed handler
/// carries the execution's name.
struct Named;

impl<S> Layer<S> for Named {
    type Service = NamedService<S>;

    fn layer(&self, inner: S) -> NamedService<S> {
        NamedService { inner }
    }
}

struct NamedService<S> {
    inner: S,
}

impl<S: Service<LambdaInvocation>> Service<LambdaInvocation> for NamedService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = Instrumented<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let span = logs::span(&invocation);
        let future = span.in_scope(|| self.inner.call(invocation));
        future.instrument(span)
    }
}
