//! Pictures of definitions.

use std::path::Path;

use asl::{Features, Substitutions};
use serde_json::json;
use workbench::drawing::svg;

fn draw(definition: &str, title: &str) -> String {
    let features = Features { jsonata: true, variables: true, distributed_map: true };
    let options = asl::Options { substitutions: Substitutions::Unresolved, features, express: false };
    svg(&asl::parse(definition, &options).machine.expect("a sound definition"), title)
}

/// The value of an attribute in the first tag that holds a text.
fn attribute(picture: &str, tag: &str, name: &str) -> f64 {
    let line = picture.lines().find(|line| line.contains(tag)).unwrap_or_else(|| panic!("{tag} is drawn"));
    let start = line.find(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {line}")) + name.len() + 3;
    line[start..].split('"').next().and_then(|value| value.parse().ok()).expect("a number")
}

#[test]
fn each_committed_picture_shows_its_definition() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut seen = 0;
    for entry in std::fs::read_dir(root.join("statemachine")).expect("the definitions") {
        let path = entry.expect("an entry").path();
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        let Some(name) = file.strip_suffix(".asl.json") else { continue };
        let definition = std::fs::read_to_string(&path).expect("a definition");
        let committed = std::fs::read_to_string(root.join(format!("docs/workflows/{name}.svg"))).unwrap_or_default();
        assert!(
            committed == draw(&definition, name),
            "docs/workflows/{name}.svg is not the picture of its definition: \
             run `cargo run -- draw --output docs/workflows`"
        );
        seen += 1;
    }
    assert!(seen > 0);
}

#[test]
fn states_stand_below_those_that_lead_to_them() {
    let definition = json!({"StartAt": "First", "States": {
        "First": {"Type": "Pass", "Next": "Second"},
        "Second": {"Type": "Choice", "Choices": [
            {"Variable": "$.again", "BooleanEquals": true, "Next": "First"},
            {"Variable": "$.n", "NumericGreaterThan": 3, "Comment": "many", "Next": "Third"}
        ], "Default": "Third"},
        "Third": {"Type": "Succeed"}
    }});
    let picture = draw(&definition.to_string(), "loop");
    let y = |name: &str| attribute(&picture, &format!(">{name}</text>"), "y");
    assert!(y("Start") < y("First") && y("First") < y("Second") && y("Second") < y("Third") && y("Third") < y("End"));
    for label in ["$.again = true", "many", "Default"] {
        assert!(picture.contains(&format!(">{label}</text>")), "{label} labels its arm");
    }
}

#[test]
fn flows_stand_within_their_state() {
    let branch = |name: &str| json!({"StartAt": name, "States": {name: {"Type": "Pass", "End": true}}});
    let definition = json!({"StartAt": "Both", "States": {
        "Both": {"Type": "Parallel", "Branches": [branch("Left"), branch("Right")], "End": true,
                 "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Broken"}]},
        "Broken": {"Type": "Fail", "Error": "It broke"}
    }});
    let picture = draw(&definition.to_string(), "parallel");
    let group = |name: &str| attribute(&picture, "class=\"group\"", name);
    let (left, right) = (attribute(&picture, ">Left</text>", "x"), attribute(&picture, ">Right</text>", "x"));
    assert!(group("x") < left && left < right && right < group("x") + group("width"));
    let inner = attribute(&picture, ">Left</text>", "y");
    assert!(group("y") < inner && inner < group("y") + group("height"));
    assert!(picture.contains("class=\"way catch\"") && picture.contains(">States.ALL</text>"));
    assert!(picture.contains(">Fail · It broke</text>"));
}

#[test]
fn names_can_not_break_the_picture() {
    let hostile = "<script>&\"x\u{1}";
    let definition =
        json!({"Comment": "a --> b", "StartAt": hostile, "States": {hostile: {"Type": "Pass", "End": true}}});
    let picture = draw(&definition.to_string(), "</title>");
    assert!(!picture.contains("<script>") && !picture.contains('\u{1}') && picture.contains("&lt;script&gt;&amp;"));
    assert_eq!(picture.matches("<title>").count(), picture.matches("</title>").count());
}

#[test]
fn a_state_that_leads_to_itself_and_one_that_nothing_leads_to_are_drawn() {
    let definition = json!({"StartAt": "A", "States": {
        "A": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "A"}], "Default": "B"},
        "B": {"Type": "Succeed"},
    }});
    let picture = draw(&definition.to_string(), "self");
    assert!(picture.contains("data-state=\"A\"") && picture.contains("data-state=\"B\""));
}
