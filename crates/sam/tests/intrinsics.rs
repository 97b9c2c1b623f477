//! Every intrinsic function: what it results in, in its short and its long form, and how it fails.

mod common;

use serde_json::{Value, json};

/// Evaluates an expression in a template that has something of everything to refer to.
fn evaluate(expression: &str) -> (Value, Vec<String>) {
    let template = format!(
        "Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {{ Type: String, Default: test }}
  Count: {{ Type: Number, Default: 2 }}
  Names: {{ Type: CommaDelimitedList, Default: 'a, b,c' }}
  Attribute: {{ Type: String, Default: Arn }}
Mappings:
  Sizes:
    test: {{ Memory: 128, Zones: [x, y] }}
    live: {{ Memory: 512, Zones: [z] }}
Conditions:
  IsTest: !Equals [!Ref Stage, test]
  IsLive: !Equals [!Ref Stage, live]
  HasTwo: !Equals [!Ref Count, 2]
  Both: !And [!Condition IsTest, !Condition HasTwo]
  Neither: !Not [!Or [Condition: IsTest, Condition: IsLive]]
Resources:
  Queue: {{ Type: AWS::SQS::Queue }}
  Table: {{ Type: AWS::DynamoDB::Table, Properties: {{ BillingMode: PAY_PER_REQUEST, KeySchema: [{{ AttributeName: id, KeyType: HASH }}], AttributeDefinitions: [{{ AttributeName: id, AttributeType: S }}] }} }}
  Off: {{ Type: AWS::SNS::Topic, Condition: IsLive }}
  Foreign: {{ Type: AWS::Cognito::UserPool }}
  Subject:
    Type: AWS::Serverless::Function
    Metadata:
      Value: {expression}
      Used: [!Ref Stage, !Ref Names, !Ref Attribute]
    Properties: {{ Runtime: provided.al2023, Handler: subject, CodeUri: functions/subject }}
"
    );
    let read = common::read(&template);
    let value = read
        .stack
        .as_ref()
        .and_then(|stack| stack.function("Subject")?.metadata.as_ref()?.get("Value").cloned())
        .unwrap_or(Value::Null);
    let problems = read.diagnostics.iter().filter(|found| found.code != sam::codes::UNKNOWN_RESOURCE_TYPE);
    (value, problems.map(|found| format!("{}: {}", found.code, found.message)).collect())
}

#[test]
fn functions_result_in_what_cloudformation_makes_of_them() {
    let queue = "arn:aws:sqs:us-east-1:123456789012:demo-Queue";
    for (expression, expected) in [
        // Ref
        ("!Ref Stage", json!("test")),
        ("{ Ref: Stage }", json!("test")),
        ("!Ref Count", json!("2")),
        ("!Ref Names", json!(["a", "b", "c"])),
        ("!Ref AWS::Region", json!("us-east-1")),
        ("!Ref 'AWS::AccountId'", json!("123456789012")),
        ("!Ref AWS::Partition", json!("aws")),
        ("!Ref AWS::StackName", json!("demo")),
        ("!Ref AWS::URLSuffix", json!("amazonaws.com")),
        ("!Ref AWS::NotificationARNs", json!([])),
        (
            "!Ref AWS::StackId",
            json!("arn:aws:cloudformation:us-east-1:123456789012:stack/demo/00000000-0000-4000-8000-000000000000"),
        ),
        ("[a, !Ref AWS::NoValue, b]", json!(["a", "b"])),
        ("{ a: 1, b: !Ref AWS::NoValue }", json!({"a": 1})),
        ("!Ref Queue", json!("http://127.0.0.1:4566/123456789012/demo-Queue")),
        // Fn::GetAtt
        ("!GetAtt Queue.Arn", json!(queue)),
        ("!GetAtt [Queue, Arn]", json!(queue)),
        ("!GetAtt [Queue, !Ref Attribute]", json!(queue)),
        ("{ 'Fn::GetAtt': Queue.Arn }", json!(queue)),
        ("{ 'Fn::GetAtt': [Queue, Arn] }", json!(queue)),
        // Fn::Sub
        ("!Sub '${Stage}-${AWS::Region}'", json!("test-us-east-1")),
        ("!Sub '${Queue.Arn}/${!Stage}/$x/${Count}'", json!(format!("{queue}/${{Stage}}/$x/2"))),
        ("!Sub ['${a}-${Stage}-${b}', { a: !Ref Count, b: 7 }]", json!("2-test-7")),
        ("{ 'Fn::Sub': ['${Stage}', { Stage: shadow }] }", json!("shadow")),
        ("!Sub ''", json!("")),
        // Fn::Join
        ("!Join ['-', [a, !Ref Stage, 1, true]]", json!("a-test-1-true")),
        ("!Join ['', !Ref Names]", json!("abc")),
        ("!Join [',', []]", json!("")),
        ("!Join [',', [a, !Ref AWS::NoValue, b]]", json!("a,b")),
        ("{ 'Fn::Join': ['/', !Split ['.', a.b.c]] }", json!("a/b/c")),
        // Fn::Select
        ("!Select [0, [x, y]]", json!("x")),
        ("!Select ['1', !Ref Names]", json!("b")),
        ("!Select [!Ref Count, !Ref Names]", json!("c")),
        ("!Select [1, !GetAZs '']", json!("us-east-1b")),
        ("{ 'Fn::Select': [0, [{ a: 1 }]] }", json!({"a": 1})),
        // Fn::Split
        ("!Split ['|', 'a||b']", json!(["a", "", "b"])),
        ("!Split [',', !Ref Stage]", json!(["test"])),
        // Fn::If
        ("!If [IsTest, yes-it-is, !Ref AWS::NoValue]", json!("yes-it-is")),
        ("!If [IsLive, 1, { a: !If [Both, [2], 3] }]", json!({"a": [2]})),
        ("[!If [Neither, a, !Ref AWS::NoValue]]", json!([])),
        ("{ 'Fn::If': [HasTwo, 2, 3] }", json!(2)),
        // Fn::FindInMap
        ("!FindInMap [Sizes, !Ref Stage, Memory]", json!(128)),
        ("!FindInMap [Sizes, live, Zones]", json!(["z"])),
        ("{ 'Fn::FindInMap': [Sizes, test, Memory] }", json!(128)),
        // Fn::Base64
        ("!Base64 'olá'", json!("b2zDoQ==")),
        ("{ 'Fn::Base64': !Sub '${Stage}' }", json!("dGVzdA==")),
        // Fn::GetAZs
        ("!GetAZs ''", json!(["us-east-1a", "us-east-1b", "us-east-1c"])),
        ("!GetAZs { Ref: AWS::Region }", json!(["us-east-1a", "us-east-1b", "us-east-1c"])),
        ("!GetAZs eu-west-1", json!(["eu-west-1a", "eu-west-1b", "eu-west-1c"])),
        // What is no function.
        ("{ Ref: Stage, Other: 1 }", json!({"Ref": "Stage", "Other": 1})),
        ("{ Condition: IsTest }", json!({"Condition": "IsTest"})),
        ("'!Ref Stage'", json!("!Ref Stage")),
        ("012345678901", json!("012345678901")),
    ] {
        let (value, problems) = evaluate(expression);
        assert_eq!(problems, Vec::<String>::new(), "{expression}");
        assert_eq!(value, expected, "{expression}");
    }
}

#[test]
fn functions_fail_with_their_name_and_what_they_take() {
    for (expression, expected) in [
        ("!Ref Stag", r#"TEMPLATE_UNKNOWN_REFERENCE: no parameter and no resource is named "Stag""#),
        ("!Ref AWS::Regoin", "TEMPLATE_UNKNOWN_REFERENCE: `AWS::Regoin` is no pseudo parameter"),
        ("!Ref [Stage]", "TEMPLATE_INVALID_FUNCTION: the name of `Ref` must be text, not a list"),
        (
            "!Ref Off",
            "TEMPLATE_INACTIVE_REFERENCE: the resource `Off` isn't in the stack, because its condition `IsLive` is false",
        ),
        ("!GetAtt Queue", r#"TEMPLATE_INVALID_FUNCTION: "Queue" names no attribute"#),
        ("!GetAtt Queu.Arn", r#"TEMPLATE_UNKNOWN_REFERENCE: no resource is named "Queu""#),
        ("!GetAtt Queue.Ar", "TEMPLATE_UNKNOWN_ATTRIBUTE: `Ar` is no attribute of AWS::SQS::Queue"),
        ("!GetAtt [Queue, !Ref Stage]", "TEMPLATE_UNKNOWN_ATTRIBUTE: `test` is no attribute of AWS::SQS::Queue"),
        (
            "!GetAtt { a: b }",
            "TEMPLATE_INVALID_FUNCTION: `Fn::GetAtt` takes `LogicalId.Attribute` or a list of the two, not a map",
        ),
        (
            "!GetAtt Table.StreamArn",
            "TEMPLATE_UNKNOWN_ATTRIBUTE: `Table` has no attribute `StreamArn`, because it has no property `StreamSpecification`",
        ),
        (
            "!GetAtt Off.TopicArn",
            "TEMPLATE_INACTIVE_REFERENCE: the resource `Off` isn't in the stack, because its condition `IsLive` is false",
        ),
        (
            "!GetAtt Foreign.ProviderName",
            "TEMPLATE_UNKNOWN_ATTRIBUTE: what AWS::Cognito::UserPool returns for `ProviderName` isn't known here",
        ),
        ("!Sub '${Stag}'", r#"TEMPLATE_UNKNOWN_REFERENCE: no parameter and no resource is named "Stag""#),
        ("!Sub '${Queue.Ar}'", "TEMPLATE_UNKNOWN_ATTRIBUTE: `Ar` is no attribute of AWS::SQS::Queue"),
        ("!Sub '${ Stage }'", r#"TEMPLATE_INVALID_FUNCTION: "${ Stage }" isn't of the form `${Name}`"#),
        ("!Sub '${Stage'", r#"TEMPLATE_INVALID_FUNCTION: "${Stage" isn't of the form `${Name}`"#),
        ("!Sub '${Names}'", "TEMPLATE_FUNCTION_FAILED: a variable of `Fn::Sub` must be text, not a list"),
        ("!Sub ['x', { a: 1 }]", "TEMPLATE_INVALID_FUNCTION: the text of this `Fn::Sub` doesn't use `${a}`"),
        ("!Sub ['x', [a]]", "TEMPLATE_INVALID_FUNCTION: the variables of `Fn::Sub` must be a map, not a list"),
        (
            "!Sub [x]",
            "TEMPLATE_INVALID_FUNCTION: `Fn::Sub` takes text, or a list of text and a map of its variables, not a list of 1",
        ),
        ("!Sub '${AWS::NoValue}'", "TEMPLATE_FUNCTION_FAILED: `Fn::Sub` can't put `AWS::NoValue` into a text"),
        ("!Join [a]", "TEMPLATE_INVALID_FUNCTION: `Fn::Join` takes a list of a delimiter and a list, not a list of 1"),
        (
            "!Join ['-', x]",
            r#"TEMPLATE_FUNCTION_FAILED: the second argument of `Fn::Join` must be a list, not the text "x""#,
        ),
        ("!Join ['-', [[x]]]", "TEMPLATE_FUNCTION_FAILED: an item of `Fn::Join` must be text, not a list"),
        ("!Join [!Ref Stage, [x]]", "TEMPLATE_INVALID_FUNCTION: the delimiter of `Fn::Join` must be text, not a map"),
        (
            "!Select [3, !Ref Names]",
            "TEMPLATE_FUNCTION_FAILED: `Fn::Select` wants item 3, counted from 0, of a list of 3",
        ),
        (
            "!Select [-1, [a]]",
            r#"TEMPLATE_FUNCTION_FAILED: the index of `Fn::Select` must be a number from 0 on, not "-1""#,
        ),
        (
            "!Select [0, abc]",
            r#"TEMPLATE_FUNCTION_FAILED: the second argument of `Fn::Select` must be a list, not the text "abc""#,
        ),
        ("!Split ['', a]", "TEMPLATE_INVALID_FUNCTION: the delimiter of `Fn::Split` can't be empty"),
        ("!Split [',', [a]]", "TEMPLATE_FUNCTION_FAILED: the text of `Fn::Split` must be text, not a list"),
        ("!If [IsTes, 1, 2]", r#"TEMPLATE_UNKNOWN_REFERENCE: no condition is named "IsTes""#),
        (
            "!If [IsTest, 1]",
            "TEMPLATE_INVALID_FUNCTION: `Fn::If` takes a list of a condition's name and two values, not a list of 2",
        ),
        (
            "!If [IsLive, !Ref Nowhere, 2]",
            r#"TEMPLATE_UNKNOWN_REFERENCE: no parameter and no resource is named "Nowhere""#,
        ),
        ("!FindInMap [Size, test, Memory]", r#"TEMPLATE_UNKNOWN_REFERENCE: no mapping is named "Size""#),
        (
            "!FindInMap [Sizes, tests, Memory]",
            r#"TEMPLATE_FUNCTION_FAILED: `Fn::FindInMap` finds no top-level key "tests""#,
        ),
        (
            "!FindInMap [Sizes, test, Memor]",
            r#"TEMPLATE_FUNCTION_FAILED: `Fn::FindInMap` finds no second-level key "Memor""#,
        ),
        (
            "!FindInMap [!Ref Stage, test, Memory]",
            r#"TEMPLATE_FUNCTION_FAILED: `Fn::FindInMap` finds no mapping "test""#,
        ),
        ("!Base64 [a]", "TEMPLATE_FUNCTION_FAILED: the argument of `Fn::Base64` must be text, not a list"),
        (
            "!Equals [a, b]",
            "TEMPLATE_INVALID_FUNCTION: `Fn::Equals` belongs into the `Conditions` section; name the condition there and use it by `Fn::If`",
        ),
        (
            "!ImportValue shared",
            "TEMPLATE_UNSUPPORTED_FUNCTION: `Fn::ImportValue` can't be evaluated here: another stack's exports are only in AWS",
        ),
        (
            "!Cidr [10.0.0.0/16, 2, 8]",
            "TEMPLATE_UNSUPPORTED_FUNCTION: `Fn::Cidr` can't be evaluated here: no local resource has a network",
        ),
        (
            "{ 'Fn::Transform': { Name: AWS::Include } }",
            "TEMPLATE_UNSUPPORTED_FUNCTION: `Fn::Transform` can't be evaluated here: macros run only in AWS",
        ),
        (
            "{ 'Fn::ForEach::Loop': [x, [a], {}] }",
            "TEMPLATE_UNSUPPORTED_FUNCTION: `Fn::ForEach::Loop` can't be evaluated here: it needs the AWS::LanguageExtensions transform",
        ),
        ("{ 'Fn::Joins': [a, []] }", "TEMPLATE_INVALID_FUNCTION: `Fn::Joins` is no function of CloudFormation"),
        ("{ 'Fn::Join': ['', []], Other: 1 }", "TEMPLATE_INVALID_FUNCTION: `Fn::Join` stands beside other keys"),
        ("!Joins ['', []]", "TEMPLATE_UNKNOWN_TAG: `!Joins` is no function of CloudFormation"),
        ("!!binary aGk=", "TEMPLATE_UNKNOWN_TAG: CloudFormation doesn't support the YAML tag `!!binary`"),
        ("!!int x", r#"TEMPLATE_WRONG_TYPE: "x" isn't of the type that its tag states"#),
    ] {
        let (_, problems) = evaluate(expression);
        assert_eq!(problems, [expected], "{expression}");
    }
}

#[test]
fn a_name_inside_of_a_text_is_pointed_at_exactly() {
    let template = "Resources:
  Queue: { Type: AWS::SQS::Queue }
Outputs:
  Both: { Value: !Sub \"${Queue}, ${Queu} and ${Queue.Ar}\" }
";
    let read = common::read(template);
    let blamed: Vec<&str> = read.diagnostics.iter().map(|found| &template[found.span.clone()]).collect();
    assert_eq!(blamed, ["${Queu}", "${Queue.Ar}"]);
    assert_eq!(read.diagnostics[0].help.as_deref(), Some("did you mean `Queue`?"));
    assert_eq!(read.diagnostics[0].pointer, "/Outputs/Both/Value");
}
