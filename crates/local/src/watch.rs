//! Notices that somebody has changed a project's files.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

/// How long it must be quiet before a change counts as done: editors and version control write many files at once.
const QUIET: Duration = Duration::from_millis(150);

/// What is written by programs, not by people.
const IGNORED: [&str; 2] = ["target", "node_modules"];

/// How the names of files end that a project is made of.
const ENDINGS: [&str; 6] = ["rs", "toml", "lock", "json", "yaml", "yml"];

/// Follows the files of a project: everything in its folder except build output and hidden folders.
pub struct Watcher {
    changes: mpsc::UnboundedReceiver<PathBuf>,
    _watching: RecommendedWatcher,
}

/// What was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The files, each once, in the order in which they were noticed.
    pub paths: Vec<PathBuf>,
}

impl Watcher {
    /// Begins to follow.
    ///
    /// # Errors
    /// When the operating system can't tell of changes: it has no watches left, or the folder can't be read.
    pub fn new(folder: &Path) -> std::io::Result<Self> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let (sender, changes) = mpsc::unbounded_channel();
        let mut watching = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let Ok(event) = event else { return };
            if matches!(event.kind, EventKind::Access(_)) {
                return;
            }
            for path in event.paths.into_iter().filter(|path| is_source(path)) {
                // Nobody follows any more.
                let _ = sender.send(path);
            }
        })
        .map_err(std::io::Error::other)?;
        // Build output has thousands of folders: only the others are followed to the bottom.
        watching.watch(folder, RecursiveMode::NonRecursive).map_err(std::io::Error::other)?;
        for entry in std::fs::read_dir(folder)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() && !name.starts_with('.') && !IGNORED.contains(&&*name) {
                watching.watch(&entry.path(), RecursiveMode::Recursive).map_err(std::io::Error::other)?;
            }
        }
        Ok(Self { changes, _watching: watching })
    }

    /// Waits for a change, until it is done.
    pub async fn changed(&mut self) -> Change {
        let mut paths = Vec::new();
        loop {
            let next = if paths.is_empty() {
                self.changes.recv().await
            } else {
                match tokio::time::timeout(QUIET, self.changes.recv()).await {
                    Ok(next) => next,
                    Err(_) => return Change { paths },
                }
            };
            match next {
                Some(path) if !paths.contains(&path) => paths.push(path),
                Some(_) => {}
                // The watcher lives in `self`, and its end is the channel's.
                None => std::future::pending().await,
            }
        }
    }
}

fn is_source(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sources_are_noticed_and_build_output_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["functions/buy/src", "target/debug", ".git"] {
            std::fs::create_dir_all(folder.path().join(name)).expect("made");
        }
        let mut watcher = Watcher::new(folder.path()).expect("watched");
        for name in ["target/debug/x.rs", ".git/x.json", "functions/buy/src/notes.txt", "functions/buy/src/main.rs"] {
            std::fs::write(folder.path().join(name), "x").expect("written");
        }
        let change = watcher.changed().await;
        assert_eq!(change.paths, [folder.path().join("functions/buy/src/main.rs")]);
        std::fs::write(folder.path().join("template.yaml"), "x").expect("written");
        assert_eq!(watcher.changed().await.paths, [folder.path().join("template.yaml")]);
    }
}
