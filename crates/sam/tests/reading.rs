//! What is read of functions, tables, state machines, Globals, parameters and JSON.

mod common;

use serde_json::{Value, json};

#[test]
fn the_binary_is_the_stated_one_or_the_one_that_the_code_has() {
    let binary = |metadata: &str, properties: &str| {
        let template = format!(
            "Transform: AWS::Serverless-2016-10-31
Resources:
  It:
    Type: AWS::Serverless::Function
    Metadata: {metadata}
    Properties: {{ Runtime: provided.al2023, {properties} }}
"
        );
        common::read(&template).stack.expect("it is a template").functions[0].binary.clone()
    };
    let stated = "{ BuildMethod: rust-cargolambda, BuildProperties: { Binary: check-price } }";
    assert_eq!(binary(stated, "Handler: bootstrap, CodeUri: ."), "check-price");
    assert_eq!(binary(stated, "Handler: other, CodeUri: functions/other"), "check-price");
    assert_eq!(binary("{ BuildMethod: rust-cargolambda }", "Handler: bootstrap, CodeUri: functions/buy/"), "buy");
    assert_eq!(binary("{}", "Handler: bootstrap, CodeUri: target/lambda/sell"), "sell");
    assert_eq!(binary("{}", "Handler: recommend, CodeUri: ."), "recommend");
    assert_eq!(binary("{}", "Handler: bootstrap, CodeUri: ./"), "");
}

#[test]
fn tables_become_requests_that_dynamodb_takes() {
    let request = |properties: &str| {
        let template = format!("Resources: {{ It: {{ Type: AWS::DynamoDB::Table, Properties: {properties} }} }}");
        common::stack(&template).tables[0].create_table.clone()
    };
    let key = "KeySchema: [{ AttributeName: id, KeyType: HASH }], AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]";
    assert_eq!(
        request(&format!(
            "{{ TableName: t, {key}, ProvisionedThroughput: {{ ReadCapacityUnits: '5', WriteCapacityUnits: 1 }}, \
             DeletionProtectionEnabled: 'true', Tags: [{{ Key: a, Value: 'true' }}], \
             SSESpecification: {{ SSEEnabled: true, SSEType: KMS }} }}"
        )),
        json!({
            "TableName": "t",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1},
            "DeletionProtectionEnabled": true,
            "SSESpecification": {"Enabled": true, "SSEType": "KMS"},
            "Tags": [{"Key": "a", "Value": "true"}]
        })
    );
    let simple = common::stack(
        "Transform: AWS::Serverless-2016-10-31
Resources: { It: { Type: AWS::Serverless::SimpleTable, Properties: { Tags: { a: b } } } }",
    );
    assert_eq!(
        simple.tables[0].create_table,
        json!({
            "TableName": "demo-It",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "Tags": [{"Key": "a", "Value": "b"}]
        })
    );
}

#[test]
fn a_definition_is_a_file_a_value_or_a_text_and_knows_its_place() {
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  File: { Type: AWS::Serverless::StateMachine, Properties: { DefinitionUri: flow.asl.json, DefinitionSubstitutions: { A: 1 } } }
  Value: { Type: AWS::Serverless::StateMachine, Properties: { Definition: { StartAt: Z, States: { Z: { Type: Succeed }, A: { Type: Fail } } } } }
  Text: { Type: AWS::StepFunctions::StateMachine, Properties: { RoleArn: r, DefinitionString: !Sub '{\"Comment\": \"${AWS::Region}\"}' } }
";
    let stack = common::stack(template);
    let [file, value, text] = stack.state_machines.as_slice() else { panic!("three state machines are declared") };
    let Some(sam::stack::Definition::File { uri, span }) = &file.definition else { panic!("{:?}", file.definition) };
    assert_eq!((uri.as_str(), &template[span.clone()]), ("flow.asl.json", "flow.asl.json"));
    assert_eq!(&template[file.substitutions["A"].span.clone()], "A");
    assert_eq!(&template[file.span.clone()], "File");
    let Some(sam::stack::Definition::Inline { value, .. }) = &value.definition else {
        panic!("{:?}", value.definition)
    };
    // The order of the states is kept.
    assert_eq!(value.to_string(), r#"{"StartAt":"Z","States":{"Z":{"Type":"Succeed"},"A":{"Type":"Fail"}}}"#);
    let Some(sam::stack::Definition::Text { text, .. }) = &text.definition else { panic!("{:?}", text.definition) };
    assert_eq!(serde_json::from_str::<Value>(text).expect("it is JSON"), json!({"Comment": "us-east-1"}));
}

#[test]
fn globals_merge_by_sams_rules() {
    // Checked against aws-sam-translator 1.115.
    let template = "Transform: AWS::Serverless-2016-10-31
Globals:
  Function:
    Runtime: provided.al2023
    Handler: bootstrap
    CodeUri: functions/it
    Timeout: 5
    Architectures: [arm64]
    Environment: { Variables: { A: global, B: global } }
    LoggingConfig: { LogFormat: JSON }
    Tags: { a: global }
    EventInvokeConfig: { MaximumRetryAttempts: 0 }
    Tracing: !If [Always, Active, PassThrough]
    AutoPublishAlias: live
Conditions: { Always: !Equals [1, 1] }
Resources:
  Plain: { Type: AWS::Serverless::Function }
  Own:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 7
      Architectures: [x86_64]
      Environment: { Variables: { B: own, C: own } }
      LoggingConfig: !If [Always, { LogFormat: Text }, !Ref AWS::NoValue]
      Tracing: !If [Always, PassThrough, Active]
  Some: { Type: AWS::Serverless::Function, IgnoreGlobals: [Environment, Timeout] }
  None: { Type: AWS::Serverless::Function, IgnoreGlobals: '*', Properties: { Runtime: provided.al2, Handler: none } }
Outputs: { Alias: { Value: !Ref PlainAliaslive } }
";
    let stack = common::stack(template);
    let [plain, own, some, none] = stack.functions.as_slice() else { panic!("four functions are declared") };
    assert_eq!((plain.timeout_seconds, plain.memory_mb, plain.tracing), (5, 128, true));
    assert_eq!(plain.event_invoke_config.as_ref().map(|config| config.maximum_retry_attempts), Some(0));
    assert_eq!((own.timeout_seconds, own.tracing), (7, false));
    assert_eq!(own.architecture, sam::stack::Architecture::X86_64);
    assert_eq!(json!(own.environment), json!({"A": "global", "B": "own", "C": "own"}));
    assert_eq!(own.logging, Some(json!({"LogFormat": "Text"})));
    assert_eq!((some.timeout_seconds, some.environment.len(), some.tags.len()), (3, 0, 1));
    assert_eq!(stack.output("Alias"), Some("arn:aws:lambda:us-east-1:123456789012:function:demo-Plain:live"));
    assert_eq!((none.timeout_seconds, none.runtime.as_str(), none.tags.len()), (3, "provided.al2", 0));
}

#[test]
fn parameters_take_the_given_value_before_their_default() {
    let template = "Parameters:
  Name: { Type: String, Default: default }
  Zones: { Type: 'List<AWS::EC2::AvailabilityZone::Name>', Default: 'a,b' }
  Image: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: /images/latest }
Resources: { Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub '${Name}-${Image}' } } }
Outputs: { Zones: { Value: !Join ['+', !Ref Zones] } }
";
    let mut settings = common::settings();
    settings.parameters = [("Name", "given"), ("Zones", " x , y,z"), ("Image", "ami-1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let read = common::read_with(template, &settings);
    assert_eq!(common::shown(template, &read.diagnostics), Vec::<String>::new());
    let stack = read.stack.expect("the template is sound");
    assert_eq!(stack.queues[0].name, "given-ami-1");
    assert_eq!(stack.output("Zones"), Some("x+y+z"));
    assert_eq!(stack.parameters["Zones"], "x,y,z");
}

#[test]
fn a_secret_is_used_and_not_shown() {
    let template = "Parameters: { Key: { Type: String, NoEcho: true, Default: secret } }
Resources: { Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: !Ref Key } } }";
    let stack = common::stack(template);
    assert_eq!((stack.parameters["Key"].as_str(), stack.queues[0].name.as_str()), ("****", "secret"));
}

#[test]
fn places_are_bytes_whatever_the_line_ends_and_letters() {
    let template = "\u{feff}Description: ação 🚀\r\nResources:\r\n  Fila: { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub 'é-${Nada}' } }\r\n  Bloco:\r\n    Type: AWS::SNS::Topic\r\n    Properties:\r\n      DisplayName: !Sub |\r\n        olá\r\n        ${Ninguém}\r\n";
    let read = common::read(template);
    let blamed: Vec<&str> = read.diagnostics.iter().map(|found| &template[found.span.clone()]).collect();
    assert_eq!(blamed, ["${Nada}", "${Ninguém}"]);
    let stack = read.stack.expect("it is a template");
    assert_eq!(stack.description.as_deref(), Some("ação 🚀"));
    assert_eq!(&template[stack.queues[0].span.clone()], "Fila");
    assert_eq!(&template[stack.topics[0].span.clone()], "Bloco");
}

#[test]
fn json_templates_are_read_like_yaml() {
    let template = "{\n\t\"Resources\": {\n\t\t\"Q\": {\"Type\": \"AWS::SQS::Queue\", \"Properties\": {\"QueueName\": {\"Fn::Sub\": \"${AWS::StackName}-\\ud83d\\ude00q\"}, \"DelaySeconds\": 5}}\n\t}\n}";
    let stack = common::stack(template);
    assert_eq!(stack.queues[0].name, "demo-😀q");
    assert_eq!(&template[stack.queues[0].span.clone()], "\"Q\"");
    assert_eq!(stack.queues[0].attributes["DelaySeconds"], "5");
}
