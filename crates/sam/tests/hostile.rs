//! Texts that are made to break the reader: none may panic, hang, or eat the memory.

mod common;

use sam::codes;

/// Reads a text and returns the codes of what is wrong with it.
fn wrong(template: &str) -> Vec<&'static str> {
    common::read(template).diagnostics.into_iter().map(|found| found.code).collect()
}

/// What a text is made of, one piece for each number.
fn text(numbers: std::ops::Range<usize>, piece: impl Fn(usize) -> String) -> String {
    numbers.map(piece).collect::<Vec<_>>().concat()
}

#[test]
fn depth_is_bounded_in_every_notation() {
    for template in [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        text(0..1_000, |depth| format!("{}a:\n", " ".repeat(depth))),
        format!("Resources: {}", "!Sub [".repeat(50_000)),
        format!("{{\"Resources\": {}{}}}", "[".repeat(300), "]".repeat(300)),
        format!("Resources: {}x{}", "{ Ref: ".repeat(200), " }".repeat(200)),
    ] {
        let found = wrong(&template);
        assert!(!found.is_empty(), "{}…", &template[..20]);
        assert!(found.iter().all(|code| [codes::LIMIT, codes::YAML_SYNTAX].contains(code)), "{found:?}");
    }
}

#[test]
fn a_json_file_is_bounded_too() {
    let template = format!("{{\"Resources\": {}{}}}", "[".repeat(300), "]".repeat(300));
    let read = sam::read(&diagnostic::Source::new("template.json", template), &common::settings());
    assert_eq!(read.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), [codes::LIMIT]);
    let template = "[".repeat(200_000);
    let read = sam::read(&diagnostic::Source::new("template.json", template), &common::settings());
    assert_eq!(read.diagnostics.iter().map(|found| found.code).collect::<Vec<_>>(), [codes::JSON_SYNTAX]);
}

#[test]
fn the_billion_laughs_stay_a_few() {
    let mut template = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    template += &text(1..30, |level| {
        let alias = format!("*a{}", level - 1);
        format!("a{level}: &a{level} [{}]\n", [alias.as_str(); 9].join(", "))
    });
    assert_eq!(wrong(&template), [codes::ALIAS]);
    // Aliases can't go around the bound of the depth either.
    let mut template = "a0: &a0 [x]\n".to_owned();
    template += &text(1..1_000, |level| format!("a{level}: &a{level} [*a{}]\n", level - 1));
    assert_eq!(wrong(&template), [codes::ALIAS]);
    assert_eq!(wrong("a: &a { b: *a }\n"), [codes::ALIAS]);
    assert_eq!(wrong("a: &a\n  <<: *a\n"), [codes::ALIAS]);
}

#[test]
fn functions_that_double_their_text_are_stopped() {
    // Each name is twice the one before; the last would have 2^400 letters.
    let mut template = "Resources:\n  Q0: { Type: AWS::SNS::Topic, Properties: { TopicName: x } }\n".to_owned();
    template += &text(1..400, |level| {
        let before = level - 1;
        format!(
            "  Q{level}: {{ Type: AWS::SNS::Topic, Properties: {{ TopicName: !Sub '${{Q{before}.TopicName}}${{Q{before}.TopicName}}' }} }}\n"
        )
    });
    assert_eq!(wrong(&template), [codes::LIMIT]);
    // A large value that is referred to many times.
    let mut template = format!("Mappings: {{ M: {{ a: {{ b: '{}' }} }} }}\nResources:\n", "x".repeat(400_000));
    template += &text(0..400, |index| {
        format!("  T{index}: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: !FindInMap [M, a, b] }} }}\n")
    });
    assert_eq!(wrong(&template), [codes::LIMIT]);
}

#[test]
fn long_chains_and_circles_end() {
    let mut template = "Conditions:\n  C0: !Equals [a, a]\n".to_owned();
    template += &text(1..5_000, |level| format!("  C{level}: !Not [!Condition C{}]\n", level - 1));
    template.push_str("Resources: { Q: { Type: AWS::SQS::Queue, Condition: C4999 } }\n");
    assert_eq!(wrong(&template), [codes::LIMIT]);

    let mut template = "Resources:\n".to_owned();
    template += &text(0..500, |level| {
        format!(
            "  Q{level}: {{ Type: AWS::SQS::Queue, Properties: {{ QueueName: !GetAtt Q{}.QueueName }} }}\n",
            (level + 1) % 500
        )
    });
    let found = wrong(&template);
    assert!(found.contains(&codes::CIRCULAR_DEPENDENCY), "{found:?}");
}

#[test]
fn quotas_are_kept() {
    let resources = text(0..501, |index| format!("  Q{index}: {{ Type: AWS::SQS::Queue }}\n"));
    assert_eq!(wrong(&format!("Resources:\n{resources}")), [codes::LIMIT]);
    let parameters = text(0..201, |index| format!("  P{index}: {{ Type: String, Default: x }}\n"));
    let template = format!("Parameters:\n{parameters}Resources: {{ Q: {{ Type: AWS::SQS::Queue }} }}\n");
    assert!(wrong(&template).contains(&codes::LIMIT));
    assert_eq!(wrong(&format!("# {}\n", "x".repeat(1_100_000))), [codes::LIMIT]);
    // More problems than are reported.
    let outputs = text(0..5_000, |index| format!("  O{index}: {{ Value: !Ref Nobody{index} }}\n"));
    let found = wrong(&format!("Resources: {{ Q: {{ Type: AWS::SQS::Queue }} }}\nOutputs:\n{outputs}"));
    assert_eq!(found.len(), 1_001);
    assert_eq!(found.last(), Some(&codes::LIMIT));
}

/// The text with one part cut out, doubled or replaced at many places: whatever comes of it, reading ends with a report.
#[test]
fn a_damaged_template_never_panics() {
    let template = include_str!("fixtures/systems.yaml");
    let boundaries: Vec<usize> = template.char_indices().map(|(at, _)| at).collect();
    let signs = [
        "[", "]", "{", "}", ":", "\t", "\n", "&a ", "*a", "!Ref ", "!Sub ", "<<: ", "- ", "'", "\"", "|", "\u{feff}",
        "é", "\0", "0x", "~",
    ];
    let mut state = 1_u64;
    let mut next = |below: usize| {
        // A linear congruential generator: the same damage every time.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..300 {
        let from = boundaries[next(boundaries.len())];
        let length = next(40);
        let to = boundaries.iter().copied().find(|at| *at >= from + length).unwrap_or(template.len());
        let (before, cut, after) = (&template[..from], &template[from..to], &template[to..]);
        let damaged = match next(3) {
            0 => format!("{before}{after}"),
            1 => format!("{before}{cut}{cut}{after}"),
            _ => format!("{before}{}{after}", signs[next(signs.len())]),
        };
        let read = common::read(&damaged);
        for found in &read.diagnostics {
            assert!(damaged.get(found.span.clone()).is_some(), "{} has no place in the text", found.code);
        }
        assert!(read.stack.is_some() || read.diagnostics.iter().any(diagnostic::Diagnostic::is_error));
    }
}

#[test]
fn every_beginning_of_a_template_is_read() {
    let template = include_str!("fixtures/systems.yaml");
    for end in (0..template.len()).step_by(97).filter(|end| template.is_char_boundary(*end)) {
        let read = common::read(&template[..end]);
        assert!(read.stack.is_some() || !read.diagnostics.is_empty());
    }
}
