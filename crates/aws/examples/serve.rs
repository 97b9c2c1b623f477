//! Starts the cloud alone, to look at it with the AWS CLI or an SDK: `cargo run -p aws --example serve -- 4566 [data]`.
//! It ends when standard input does.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Instant;

use tokio::io::AsyncReadExt;

#[tokio::main]
async fn main() -> Result<(), aws::Error> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments.next().and_then(|port| port.parse().ok()).unwrap_or(0);
    let config = aws::Config {
        bind: SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port),
        data: arguments.next().map(PathBuf::from),
        ..aws::Config::default()
    };
    let started = Instant::now();
    let cloud = aws::Cloud::start(config).await?;
    println!("export AWS_ENDPOINT_URL={} # started in {:?}", cloud.endpoint(), started.elapsed());
    let mut followed = cloud.mailbox().subscribe();
    let mails = tokio::spawn(async move {
        while let Ok(mail) = followed.live.recv().await {
            println!("mail to {}: {}\n{}", mail.to, mail.subject, mail.body);
        }
    });
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    mails.abort();
    cloud.shutdown().await;
    Ok(())
}
