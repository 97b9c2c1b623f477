//! Every code has its page, and every page's example breaks the rule that it is about.

use std::fs;
use std::path::Path;

use asl::{Features, Options, Substitutions, codes, parse};

#[test]
fn every_code_has_its_page_with_an_example_that_shows_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    // What the examples of the switched-off features and of the substitutions need.
    let options = Options {
        substitutions: Substitutions::Values([("OrdersTable".to_owned(), "orders".to_owned())].into()),
        features: Features { jsonata: true, variables: true, distributed_map: false },
        express: false,
    };
    for code in codes::ALL {
        let page = folder.join(format!("{code}.md"));
        let text = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        assert!(text.starts_with(&format!("# {code}\n")), "the page of {code} begins with its code");
        for part in ["## An example", "## The cure"] {
            assert!(text.contains(part), "the page of {code} has the part '{part}'");
        }
        let example = text.split("```json\n").nth(1).and_then(|rest| rest.split("\n```").next());
        let example = example.unwrap_or_else(|| panic!("the page of {code} has an example"));
        let found: Vec<&str> = parse(example, &options).diagnostics.iter().map(|problem| problem.code).collect();
        assert!(found.contains(code), "the example of {code} shows {found:?}");
        let cured = text.split("```json\n").nth(2).and_then(|rest| rest.split("\n```").next());
        if let Some(cured) = cured {
            let left = parse(cured, &options).diagnostics;
            assert!(left.is_empty(), "the cured example of {code} still has {left:?}");
        }
    }
}
