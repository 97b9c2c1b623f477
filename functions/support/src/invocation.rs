use std::task::{Context, Poll};

use domain::Fault;
use lambda_runtime::tower::Layer;
use lambda_runtime::{LambdaEvent, LambdaInvocation, Runtime, Service, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tracing::Instrument;
use tracing::instrument::Instrumented;

use crate::{Error, Failure, input, logs};

/// Serves invocations one after the other until Lambda ends the process.
///
/// The payload is read as an `I`; when it is none, the invocation fails with `InvalidInput` and the handler is not
/// called. An error of the handler is reported under its [`Fault::name`].
pub async fn run<I, O, E>(handler: impl AsyncFn(I) -> Result<O, E>) -> Result<(), Error>
where
    I: DeserializeOwned,
    O: Serialize,
    E: Fault,
{
    let handler = &handler;
    let service = service_fn(move |event: LambdaEvent<Value>| async move {
        let input = input::read(event.payload)?;
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
