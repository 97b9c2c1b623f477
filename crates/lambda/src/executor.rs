//! Whoever runs functions: this machine's own host, or an endpoint.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Endpoint, FunctionSpec, Host, Invocation, InvokeContext, InvokeError};

/// Runs Lambda functions.
#[derive(Debug, Clone)]
pub enum Executor {
    /// Runs their binaries as processes.
    Host(Host),
    /// Hands invocations to another server.
    Endpoint(Endpoint),
}

impl Executor {
    /// Invokes a function and waits for its answer: see [`Host::invoke`] and [`Endpoint::invoke`].
    ///
    /// # Errors
    /// If the function was not reached.
    pub async fn invoke(
        &self,
        function: &str,
        payload: Bytes,
        context: InvokeContext,
    ) -> Result<Invocation, InvokeError> {
        match self {
            Self::Host(host) => host.invoke(function, payload, context).await,
            Self::Endpoint(endpoint) => endpoint.invoke(function, payload, context).await,
        }
    }

    /// The configuration of every function, in no order.
    pub fn functions(&self) -> Vec<Arc<FunctionSpec>> {
        match self {
            Self::Host(host) => host.functions(),
            Self::Endpoint(endpoint) => endpoint.functions(),
        }
    }

    /// The configuration of the function that `function` means: see [`Host::find`].
    ///
    /// # Errors
    /// [`InvokeError::ResourceNotFound`].
    pub fn find(&self, function: &str) -> Result<(Arc<FunctionSpec>, String), InvokeError> {
        match self {
            Self::Host(host) => host.find(function),
            Self::Endpoint(endpoint) => endpoint.find(function),
        }
    }

    /// Ends what the executor has started: the processes of a host; nothing of an endpoint.
    pub async fn shutdown(&self) {
        if let Self::Host(host) = self {
            host.shutdown().await;
        }
    }
}

impl From<Host> for Executor {
    fn from(host: Host) -> Self {
        Self::Host(host)
    }
}

impl From<Endpoint> for Executor {
    fn from(endpoint: Endpoint) -> Self {
        Self::Endpoint(endpoint)
    }
}
