//! Following the links that a workflow mails to people.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long a link may take to answer: an API Gateway route has 29 seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// A choice that a mail offers: a line of the form `Approve: https://…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What stands before the colon.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

/// Why a link could not be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It does not lead to this machine.
    #[error("the link {url} does not lead to the local stack: {reason}")]
    Elsewhere {
        /// The link.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// It could not be reached.
    #[error("the link {url} can't be reached: {reason}")]
    Unreachable {
        /// The link.
        url: String,
        /// Why.
        reason: String,
    },
    /// Whoever answered refused.
    #[error("the link {url} answered with status {status}: {body}")]
    Refused {
        /// The link.
        url: String,
        /// HTTP status.
        status: u16,
        /// The answer.
        body: String,
    },
}

/// The choices that a mail offers, in order.
pub fn links(body: &str) -> Vec<Link> {
    body.lines()
        .filter_map(|line| {
            let (label, url) = line.trim().split_once(": ")?;
            let url = url.trim();
            let is_link = url.starts_with("http://") || url.starts_with("https://");
            (is_link && !label.is_empty() && !url.contains(char::is_whitespace))
                .then(|| Link { label: label.to_owned(), url: url.to_owned() })
        })
        .collect()
}

/// The choice of that name, whatever its case.
pub fn choose<'l>(links: &'l [Link], label: &str) -> Option<&'l Link> {
    links.iter().find(|link| link.label.eq_ignore_ascii_case(label))
}

/// Follows a link as pressing the button on its page does: with a POST. Only plain HTTP to a loopback address.
pub async fn follow(url: &str) -> Result<String, LinkError> {
    let elsewhere = |reason| LinkError::Elsewhere { url: url.to_owned(), reason };
    let unreachable = |reason: String| LinkError::Unreachable { url: url.to_owned(), reason };
    let uri: http::Uri = url.parse().map_err(|_| elsewhere("it is no URL"))?;
    if uri.scheme_str() != Some("http") {
        return Err(elsewhere("it is not plain HTTP"));
    }
    let authority = uri.authority().ok_or_else(|| elsewhere("it names no host"))?.clone();
    if !matches!(authority.host(), "127.0.0.1" | "localhost" | "[::1]") {
        return Err(elsewhere("its host is not this machine"));
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let answer = tokio::time::timeout(PATIENCE, async {
        let stream = TcpStream::connect((authority.host(), authority.port_u16().unwrap_or(80))).await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(std::io::Error::other)?;
        // Ends with the sender.
        tokio::spawn(connection);
        let request = Request::post(path)
            .header(header::HOST, authority.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::CONTENT_LENGTH, 0)
            .body(Full::new(Bytes::new()))
            .map_err(std::io::Error::other)?;
        let answer = sender.send_request(request).await.map_err(std::io::Error::other)?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(std::io::Error::other)?.to_bytes();
        Ok::<_, std::io::Error>((status, String::from_utf8_lossy(&body).into_owned()))
    })
    .await;
    match answer {
        Err(_) => Err(unreachable(format!("no answer within {} seconds", PATIENCE.as_secs()))),
        Ok(Err(error)) => Err(unreachable(error.to_string())),
        Ok(Ok((status, body))) if status.is_success() => Ok(body),
        Ok(Ok((status, body))) => Err(LinkError::Refused { url: url.to_owned(), status: status.as_u16(), body }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_a_label_and_a_link_are_choices() {
        let mail = "Buy 5 AMZN?\n\nApprove: https://x.execute-api.us-east-1.amazonaws.com/Prod/a?token=T\n\
                    Reject: http://127.0.0.1:4566/b\nNote: not a link\nSee: http://a b\n";
        let found: Vec<_> = links(mail).into_iter().map(|link| (link.label, link.url)).collect();
        assert_eq!(
            found,
            [
                ("Approve".to_owned(), "https://x.execute-api.us-east-1.amazonaws.com/Prod/a?token=T".to_owned()),
                ("Reject".to_owned(), "http://127.0.0.1:4566/b".to_owned()),
            ]
        );
    }

    #[tokio::test]
    async fn a_link_to_elsewhere_is_not_followed() {
        for url in ["https://127.0.0.1/", "http://example.com/", "nonsense", "http://127.0.0.1.example.com/"] {
            assert!(matches!(follow(url).await, Err(LinkError::Elsewhere { .. })), "{url}");
        }
    }
}
