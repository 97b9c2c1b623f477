//! Dependencies between the workspace's crates point one way.

use std::process::Command;

use serde_json::Value;

/// From the lowest to the highest; a crate may only depend on crates that stand before its own group.
const LAYERS: &[&[&str]] = &[
    &["diagnostic", "process", "database"],
    &["asl", "sam"],
    &["machine"],
    &["journal"],
    &["runtime"],
    &["lambda", "aws"],
    &["integrations"],
    &["api"],
    &["local"],
    &["testkit"],
    &["workbench"],
    &["batuta"],
];

#[test]
fn lower_crates_never_import_higher_ones() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let layer = |name: &str| LAYERS.iter().position(|layer| layer.contains(&name));
    let mut seen = 0;
    for package in metadata["packages"].as_array().expect("a list of packages") {
        let name = package["name"].as_str().expect("a name");
        let in_crates = package["manifest_path"].as_str().is_some_and(|path| path.contains("/crates/"));
        let own = layer(name);
        assert_eq!(
            own.is_some(),
            in_crates,
            "{name} must have its place in LAYERS if and only if it is one of crates/"
        );
        seen += usize::from(in_crates);
        for dependency in package["dependencies"].as_array().expect("a list of dependencies") {
            // What only tests need may be anything.
            if dependency["kind"] == "dev" {
                continue;
            }
            let on = dependency["name"].as_str().expect("a name");
            match (own, layer(on)) {
                (Some(own), Some(below)) => assert!(below < own, "{name} must not depend on {on}"),
                // A function never depends on the engine.
                (None, Some(_)) => panic!("{name} is a function's crate and must not depend on {on}"),
                _ => {}
            }
        }
    }
    assert_eq!(seen, LAYERS.iter().map(|layer| layer.len()).sum::<usize>());
}
