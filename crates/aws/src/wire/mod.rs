//! Protocols: how requests and replies look on the wire.

pub(crate) mod json;
pub(crate) mod query;
pub(crate) mod sigv4;
pub(crate) mod xml;
