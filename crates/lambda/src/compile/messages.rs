//! What cargo says while it builds: JSON messages on standard output, a progress bar on standard error.

use std::path::PathBuf;

use serde::Deserialize;

use super::{CompilerMessage, Progress};

/// The messages that matter here (The Cargo Book, "External tools", JSON messages).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A unit is done, now or in an earlier build.
    Artifact { name: String, executable: Option<PathBuf> },
    /// The compiler has found an error.
    Error(CompilerMessage),
}

#[derive(Deserialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
enum Line {
    CompilerArtifact {
        target: Target,
        executable: Option<PathBuf>,
    },
    CompilerMessage {
        package_id: String,
        target: Target,
        message: Diagnostic,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    rendered: Option<String>,
    message: String,
}

/// Reads one line of standard output; what is no message, or none that matters, is nothing.
pub(super) fn read(line: &[u8]) -> Option<Message> {
    match serde_json::from_slice(line).ok()? {
        Line::CompilerArtifact { target, executable } => {
            // An example or a test of the same name has an executable, too.
            let executable = executable.filter(|_| target.kind.iter().any(|kind| kind == "bin"));
            Some(Message::Artifact { name: target.name, executable })
        }
        Line::CompilerMessage { package_id, target, message } if message.level.starts_with("error") => {
            Some(Message::Error(CompilerMessage {
                package: package_name(&package_id).to_owned(),
                target: target.name,
                rendered: message.rendered.unwrap_or(message.message),
            }))
        }
        Line::CompilerMessage { .. } | Line::Other => None,
    }
}

/// The name in a package ID: `path+file:///x/functions/buy#0.1.0`, `path+file:///x#buy@0.1.0`,
/// `registry+https://…#serde@1.0.0` (The Cargo Book, "Package ID specifications").
fn package_name(id: &str) -> &str {
    let (location, fragment) = id.split_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, _)) => name,
        None => location.rsplit('/').next().unwrap_or(location),
    }
}

/// Cuts standard error into lines. The progress bar ends its lines with a carriage return, and erases them.
#[derive(Default)]
pub(super) struct StderrLines {
    partial: Vec<u8>,
}

impl StderrLines {
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        if bytes.is_empty() && !self.partial.is_empty() {
            lines.push(text(&std::mem::take(&mut self.partial)));
        }
        for byte in bytes {
            if matches!(byte, b'\n' | b'\r') {
                lines.push(text(&std::mem::take(&mut self.partial)));
            } else {
                self.partial.push(*byte);
            }
        }
        lines
    }
}

/// Without the sequence that erases the rest of a line.
fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line).replace("\u{1b}[K", "").trim_end().to_owned()
}

/// Reads the progress bar: `    Building [=====>     ] 12/120: tokio, buy(bin)`.
pub(super) fn progress(line: &str) -> Option<Progress> {
    let bar = line.trim_start().strip_prefix("Building [")?;
    let (_, rest) = bar.split_once("] ")?;
    let (counts, current) = rest.split_once(": ").unwrap_or((rest, ""));
    let (completed, total) = counts.trim_end_matches(':').split_once('/')?;
    Some(Progress {
        completed: completed.trim().parse().ok()?,
        total: Some(total.trim().parse().ok()?),
        current: current.trim().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_ids_name_their_package() {
        for (id, name) in [
            ("path+file:///x/functions/check-price#0.1.0", "check-price"),
            ("path+file:///x#buy@0.1.0", "buy"),
            ("registry+https://github.com/rust-lang/crates.io-index#serde@1.0.229", "serde"),
        ] {
            assert_eq!(package_name(id), name);
        }
    }

    #[test]
    fn binaries_and_errors_are_read_and_the_rest_is_not() {
        let artifact =
            br#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"buy"},"executable":"/t/buy"}"#;
        assert_eq!(
            read(artifact),
            Some(Message::Artifact { name: "buy".to_owned(), executable: Some("/t/buy".into()) })
        );
        let example =
            br#"{"reason":"compiler-artifact","target":{"kind":["example"],"name":"buy"},"executable":"/t/buy"}"#;
        assert_eq!(read(example), Some(Message::Artifact { name: "buy".to_owned(), executable: None }));
        let message = |level: &str| {
            format!(
                r#"{{"reason":"compiler-message","package_id":"path+file:///x/buy#0.1.0","target":{{"kind":["bin"],"name":"buy"}},"message":{{"level":"{level}","message":"m","rendered":"error: m\n"}}}}"#
            )
        };
        let error =
            CompilerMessage { package: "buy".to_owned(), target: "buy".to_owned(), rendered: "error: m\n".to_owned() };
        assert_eq!(read(message("error").as_bytes()), Some(Message::Error(error)));
        assert_eq!(read(message("warning").as_bytes()), None);
        assert_eq!(read(br#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(read(b"println from a build script"), None);
    }

    #[test]
    fn the_progress_bar_is_read() {
        let mut lines = StderrLines::default();
        let mut all = lines.feed(b"   Compiling a v1\n    Building [=> ] 1");
        all.extend(lines.feed(b"2/120: tokio, buy(bin)\r\x1b[K    Finished"));
        all.extend(lines.feed(b""));
        assert_eq!(all, ["   Compiling a v1", "    Building [=> ] 12/120: tokio, buy(bin)", "    Finished"]);
        assert_eq!(
            progress(&all[1]),
            Some(Progress { completed: 12, total: Some(120), current: "tokio, buy(bin)".to_owned() })
        );
        assert_eq!(progress(&all[0]), None);
        assert_eq!(progress("    Building [====] 0/4:").unwrap().total, Some(4));
    }
}
