//! Every problem that is reported: its code, its place, its sentence and its cure, in a template that has just this one.

mod common;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use diagnostic::Source;

/// The templates of `fixtures/mistakes.txt`, each with one kind of mistake, by their titles.
fn mistakes() -> impl Iterator<Item = (&'static str, &'static str)> {
    let text = include_str!("fixtures/mistakes.txt");
    text.split("=== ").skip(1).map(|case| case.split_once('\n').expect("a title is a line"))
}

#[test]
fn each_problem_is_told_with_its_place_and_its_cure() {
    let mut golden = String::new();
    for (title, template) in mistakes() {
        let read = common::read(template);
        let source = Source::new("template.yaml", template);
        writeln!(golden, "=== {title}").expect("writing into a text can't fail");
        for found in &read.diagnostics {
            let (line, column) = source.line_column(found.span.start);
            let blamed: String =
                template[found.span.clone()].lines().next().unwrap_or_default().chars().take(40).collect();
            let help = found.help.as_ref().map_or(String::new(), |help| format!("\n      ({help})"));
            writeln!(
                golden,
                "{line}:{column} `{blamed}` {}\n  {} {}: {}{help}",
                found.pointer, found.severity, found.code, found.message
            )
            .expect("writing into a text can't fail");
        }
    }
    insta::assert_snapshot!(golden);
}

#[test]
fn values_for_parameters_that_there_are_not_are_refused() {
    let template = "Parameters: { Stage: { Type: String } }\nResources: { Q: { Type: AWS::SQS::Queue, Properties: { QueueName: !Ref Stage } } }\n";
    let mut settings = common::settings();
    settings.parameters.insert("Stagee".into(), "x".into());
    let read = common::read_with(template, &settings);
    assert_eq!(
        common::shown(template, &read.diagnostics),
        [
            "1:13 error TEMPLATE_PARAMETER_UNKNOWN: a value is given for the parameter \"Stagee\", which the template doesn't have [did you mean `Stage`?]",
            "1:15 error TEMPLATE_PARAMETER_MISSING: the parameter `Stage` has no default and is given no value [give a value for `Stage`, or add a `Default`]",
        ]
    );
    assert!(!read.is_sound());
}

#[test]
fn json_that_is_none_is_told_in_jsons_terms() {
    let source = Source::new("template.json", "{\"Resources\": {\"Q\": }}");
    let read = sam::read(&source, &common::settings());
    assert_eq!(read.diagnostics.len(), 1);
    assert_eq!(read.diagnostics[0].code, sam::codes::JSON_SYNTAX);
    assert_eq!(source.line_column(read.diagnostics[0].span.start), (1, 21));
    assert!(read.stack.is_none());
}

/// Every code is met by a test of this file.
#[test]
fn every_code_is_tested() {
    let found = mistakes().flat_map(|(_, template)| common::read(template).diagnostics);
    let mut met: BTreeSet<&str> = found.map(|found| found.code).collect();
    met.extend([sam::codes::PARAMETER_UNKNOWN, sam::codes::JSON_SYNTAX, sam::codes::LIMIT]);
    let all: BTreeSet<&str> = sam::codes::ALL.iter().copied().collect();
    assert_eq!(met, all);
}

/// Every page's example has the problem that the page is about, and its cure hasn't.
#[test]
fn every_page_shows_its_problem_and_its_cure() {
    // No short text has them: a bound, and a value from outside of the template.
    const WITHOUT_EXAMPLE: [&str; 2] = [sam::codes::LIMIT, sam::codes::PARAMETER_UNKNOWN];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    for code in sam::codes::ALL {
        let page = std::fs::read_to_string(folder.join(format!("{code}.md"))).unwrap_or_default();
        assert!(page.starts_with(&format!("# {code}\n")), "docs/errors/{code}.md is missing, or has another title");
        let (problem, cure) = page.split_once("\n## The cure\n").expect("a page has a cure");
        assert_eq!(first_template(problem).is_none(), WITHOUT_EXAMPLE.contains(code), "{code}");
        if let Some(example) = first_template(problem) {
            assert!(read_codes(&example).contains(code), "the example of {code} hasn't the problem");
        }
        if let Some(example) = first_template(cure) {
            assert_eq!(read_codes(&example), Vec::<&str>::new(), "the cure of {code} isn't one");
        }
    }
}

/// The first block of code of a text, as a template.
fn first_template(text: &str) -> Option<Source> {
    let (_, block) = text.split_once("```")?;
    let (language, block) = block.split_once('\n')?;
    let (code, _) = block.split_once("```")?;
    Some(Source::new(format!("template.{language}"), code))
}

fn read_codes(source: &Source) -> Vec<&'static str> {
    sam::read(source, &common::settings()).diagnostics.into_iter().map(|found| found.code).collect()
}
