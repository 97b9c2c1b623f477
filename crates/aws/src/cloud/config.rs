//! How a cloud is made, and where it is reached.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use crate::ecs::ContainerLog;
use crate::error::Error;
use crate::functions::Functions;

/// How a cloud is made.
#[derive(Clone)]
pub struct Config {
    /// Address of the port; port 0 takes any free one. An address that isn't of the loopback interface opens the
    /// services, which accept any credentials, to the network.
    pub bind: SocketAddr,
    /// Region of all resources.
    pub region: String,
    /// Account of all resources, twelve digits.
    pub account_id: String,
    /// Directory for what outlives the process, which one process at a time can use: tables, queues with their messages,
    /// topics with their subscriptions and what is not delivered yet, asynchronous invocations of functions, log events, and
    /// buckets with their objects. Without it they are in memory. Routes, rules, clusters and the mailbox are in memory in
    /// any case.
    pub data: Option<PathBuf>,
    /// The function host; it may be attached later ([`Cloud::attach_functions`]).
    pub functions: Option<Arc<dyn Functions>>,
    /// Receives the lines of ECS containers, besides their log groups.
    pub container_log: Option<ContainerLog>,
    /// Host names, besides those of the loopback interface, by which requests may address the port.
    pub allowed_hosts: Vec<String>,
    /// Whether connections wait, unanswered, until [`Cloud::open`]: for what has to be set up first.
    pub hold: bool,
}

impl Default for Config {
    /// Any free port of `127.0.0.1`, region `us-east-1`, account `000000000000`, everything in memory.
    fn default() -> Self {
        Self {
            bind: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0),
            region: "us-east-1".to_owned(),
            account_id: "000000000000".to_owned(),
            data: None,
            functions: None,
            container_log: None,
            allowed_hosts: Vec::new(),
            hold: false,
        }
    }
}

pub(super) fn check(config: &Config) -> Result<(), Error> {
    let refuse = |reason: String| Err(Error::Invalid { resource: "the cloud's configuration".to_owned(), reason });
    let account = &config.account_id;
    if account.len() != 12 || !account.bytes().all(|b| b.is_ascii_digit()) {
        return refuse(format!("the account {account} must be twelve digits"));
    }
    let region = &config.region;
    if region.is_empty() || !region.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return refuse(format!("\"{region}\" is no region; use one like us-east-1"));
    }
    Ok(())
}

/// The URL under which this machine reaches a cloud that listens on an address, for `AWS_ENDPOINT_URL`.
pub fn endpoint(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    // Shown as an address with a port, so that an IPv6 address has its brackets.
    format!("http://{}", SocketAddr::new(ip, address.port()))
}
