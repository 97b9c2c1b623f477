//! Building binaries, in a workspace small enough to build in a test.

use std::{fs, path::Path, process::Command};

use lambda::{CompileError, Progress, compile};

/// Two binaries, one of which has a library. Nothing else has their names, should `CARGO_TARGET_DIR` make them share a
/// directory.
fn workspace() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let package = |name: &str, dependencies: &str| {
        fs::create_dir_all(root.join(name).join("src")).unwrap();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[dependencies]\n{dependencies}"
        );
        fs::write(root.join(name).join("Cargo.toml"), manifest).unwrap();
    };
    fs::write(
        root.join("Cargo.toml"),
        "[workspace]\nresolver = \"3\"\nmembers = [\"scratch-buy\", \"scratch-sell\", \"scratch-domain\"]\n",
    )
    .unwrap();
    package("scratch-buy", "scratch-domain = { path = \"../scratch-domain\" }");
    package("scratch-sell", "");
    package("scratch-domain", "");
    fs::write(root.join("scratch-domain/src/lib.rs"), "pub fn word() -> &'static str { \"bought\" }").unwrap();
    fs::write(root.join("scratch-buy/src/main.rs"), "fn main() { println!(\"{}\", scratch_domain::word()); }").unwrap();
    fs::write(root.join("scratch-sell/src/main.rs"), "fn main() { println!(\"sold\"); }").unwrap();
    directory
}

async fn build(
    root: &Path,
    binaries: &[&str],
) -> Result<std::collections::BTreeMap<String, std::path::PathBuf>, CompileError> {
    compile(root, binaries, "dev", |_| ()).await
}

#[tokio::test]
async fn binaries_are_built_once_and_errors_are_told() {
    let directory = workspace();
    let root = directory.path();
    let mut seen: Vec<Progress> = Vec::new();
    let built =
        compile(root, &["scratch-buy", "scratch-sell"], "dev", |progress| seen.push(progress.clone())).await.unwrap();
    assert_eq!(built.keys().collect::<Vec<_>>(), ["scratch-buy", "scratch-sell"]);
    let run = |name: &str| String::from_utf8(Command::new(&built[name]).output().unwrap().stdout).unwrap();
    assert_eq!((run("scratch-buy").trim(), run("scratch-sell").trim()), ("bought", "sold"));
    assert!(seen.last().is_some_and(|last| last.completed >= 1), "{seen:?}");

    let time = |name: &str| fs::metadata(&built[name]).unwrap().modified().unwrap();
    let before = time("scratch-buy");
    assert_eq!(build(root, &["scratch-sell", "scratch-buy"]).await.unwrap(), built);
    assert_eq!(time("scratch-buy"), before, "a fresh binary is not built again");
    assert!(build(root, &[]).await.unwrap().is_empty());

    fs::write(root.join("scratch-domain/src/lib.rs"), "pub fn word() -> &'static str { 7 }").unwrap();
    let refusal = build(root, &["scratch-buy", "scratch-sell"]).await.unwrap_err();
    assert_eq!(refusal.to_string(), "scratch_domain cannot be compiled");
    let CompileError::Errors { errors } = refusal else { panic!("{refusal:?}") };
    assert_eq!((errors[0].package.as_str(), errors[0].target.as_str()), ("scratch-domain", "scratch_domain"));
    assert!(
        errors[0].rendered.starts_with("error[E0308]: mismatched types\n --> scratch-domain/src/lib.rs:1:33"),
        "{errors:?}"
    );

    let refusal = build(root, &["nobody"]).await.unwrap_err();
    assert!(matches!(refusal, CompileError::Cargo { .. }), "{refusal:?}");
    assert!(refusal.to_string().contains("no bin target named `nobody`"), "{refusal}");
}

#[tokio::test]
async fn a_workspace_that_is_none_is_cargos_to_refuse() {
    let directory = tempfile::tempdir().unwrap();
    let refusal = build(directory.path(), &["scratch-buy"]).await.unwrap_err();
    assert!(refusal.to_string().contains("could not find `Cargo.toml`"), "{refusal}");
}

#[tokio::test]
async fn nothing_goes_on_compiling_for_nobody() {
    let directory = workspace();
    let root = directory.path();
    let script = r#"fn main() {
        std::fs::write("pid.part", std::process::id().to_string()).unwrap();
        std::fs::rename("pid.part", "pid").unwrap();
        std::thread::sleep(std::time::Duration::from_secs(600));
    }"#;
    fs::write(root.join("scratch-buy/build.rs"), script).unwrap();
    let pid = root.join("scratch-buy/pid");
    let at_work = async {
        while !pid.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    tokio::select! {
        built = build(root, &["scratch-buy"]) => panic!("its build script has no end: {built:?}"),
        () = at_work => {}
    }
    let pid = fs::read_to_string(pid).unwrap();
    let lives = || fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z"));
    while lives() {
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
