//! Files that are there as a whole or not at all.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Has a file made and closed under another name beside its own, so that under its own it is never half made, whatever ends
/// this process. If another process makes it at the same time, one of them does, and the other finds it.
///
/// # Errors
/// What `make` says, or why the file can't take its name.
pub fn aside(file: &Path, make: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
    let fresh = beside(file, &format!(".new-{}", std::process::id()));
    // What a process of the same number left.
    for ending in ["", "-journal", "-wal", "-shm"] {
        match std::fs::remove_file(beside(&fresh, ending)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.to_string()),
            _ => {}
        }
    }
    make(&fresh)?;
    // Unlike a renaming, a link never takes the place of a file that is there.
    let linked = match std::fs::hard_link(&fresh, file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        // Not every file system has them.
        Err(_) if !file.exists() => std::fs::rename(&fresh, file),
        linked => linked,
    };
    // It may have been renamed.
    let _ = std::fs::remove_file(&fresh);
    linked.map_err(|error| error.to_string())
}

/// The path with something after its last name.
pub(crate) fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    file.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_half_made_is_made_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("one.db");
        let fresh = beside(&file, &format!(".new-{}", std::process::id()));
        std::fs::write(&fresh, "half").expect("written");
        std::fs::write(beside(&fresh, "-wal"), "half").expect("written");
        let failed = aside(&file, |fresh| {
            assert!(!fresh.exists() && !beside(fresh, "-wal").exists());
            std::fs::write(fresh, "half again").expect("written");
            Err("the disk is full".into())
        });
        assert_eq!(failed, Err("the disk is full".into()));
        assert!(!file.exists());
        let make = |text: &'static str| {
            aside(&file, move |fresh| std::fs::write(fresh, text).map_err(|error| error.to_string()))
        };
        make("whole").expect("made");
        assert!(!fresh.exists());
        // Somebody else was first.
        make("later").expect("it is there");
        assert_eq!(std::fs::read_to_string(&file).expect("readable"), "whole");
    }
}
