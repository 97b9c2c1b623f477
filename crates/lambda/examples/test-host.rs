//! A host in a process of its own, so that a test can kill it: registers the test function, invokes it with the event
//! given as its argument, and never ends by itself.

use std::path::PathBuf;

use bytes::Bytes;
use lambda::{FunctionSpec, Host, HostOptions, InvokeContext};

#[tokio::main]
async fn main() {
    let event = std::env::args().nth(1).expect("the event is the first argument");
    let binary: PathBuf = std::env::current_exe().expect("this program has a path").with_file_name("test-function");
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:test";
    let host = Host::start([FunctionSpec::new("test", arn, binary)], HostOptions::default()).await.expect("it starts");
    let answer = host.invoke("test", Bytes::from(event), InvokeContext::default()).await;
    println!("{answer:?}");
    std::future::pending::<()>().await;
}
