//! Every resource type: what it is called, and what `Ref` and `Fn::GetAtt` return.

mod common;

/// Evaluates one expression beside one resource `It` of a type, as an output.
fn output(type_name: &str, properties: &str, expression: &str) -> (Option<String>, Vec<String>) {
    let template = format!(
        "Transform: AWS::Serverless-2016-10-31
Resources:
  It: {{ Type: '{type_name}', Metadata: {{ BuildProperties: {{ Binary: it }} }}, Properties: {properties} }}
Outputs:
  It: {{ Value: {expression} }}
"
    );
    let read = common::read(&template);
    let errors = read.diagnostics.iter().filter(|found| found.is_error());
    let errors = errors.map(|found| format!("{}: {}", found.code, found.message)).collect();
    (read.stack.and_then(|stack| stack.output("It").map(str::to_owned)), errors)
}

#[test]
fn references_and_attributes_are_those_of_each_types_page() {
    let function = "{ Runtime: provided.al2023, Handler: bootstrap }";
    let table = "{ BillingMode: PAY_PER_REQUEST, KeySchema: [{ AttributeName: id, KeyType: HASH }], \
                 AttributeDefinitions: [{ AttributeName: id, AttributeType: S }], \
                 StreamSpecification: { StreamViewType: KEYS_ONLY } }";
    let machine = "{ DefinitionUri: it.asl.json }";
    for (type_name, properties, expression, expected) in [
        ("AWS::Serverless::Function", function, "!Ref It", "demo-It"),
        (
            "AWS::Serverless::Function",
            function,
            "!GetAtt It.Arn",
            "arn:aws:lambda:us-east-1:123456789012:function:demo-It",
        ),
        ("AWS::Serverless::Function", function, "!GetAtt ItRole.Arn", "arn:aws:iam::123456789012:role/demo-ItRole"),
        ("AWS::Serverless::Function", function, "!Ref ItRole", "demo-ItRole"),
        (
            "AWS::Serverless::Function",
            "{ Runtime: provided.al2023, Handler: h, FunctionName: mine, AutoPublishAlias: live, RolePath: /a/ }",
            "!Sub '${It} ${It.Arn} ${It.Alias} ${ItAliaslive} ${It.Version} ${ItRole.Arn}'",
            "mine arn:aws:lambda:us-east-1:123456789012:function:mine \
             arn:aws:lambda:us-east-1:123456789012:function:mine:live \
             arn:aws:lambda:us-east-1:123456789012:function:mine:live \
             arn:aws:lambda:us-east-1:123456789012:function:mine:1 arn:aws:iam::123456789012:role/a/demo-ItRole",
        ),
        (
            "AWS::Serverless::StateMachine",
            machine,
            "!Ref It",
            "arn:aws:states:us-east-1:123456789012:stateMachine:demo-It",
        ),
        (
            "AWS::Serverless::StateMachine",
            machine,
            "!Sub '${It.Name} ${It.Arn}'",
            "demo-It arn:aws:states:us-east-1:123456789012:stateMachine:demo-It",
        ),
        (
            "AWS::Serverless::StateMachine",
            "{ Name: flow, DefinitionUri: it.asl.json, AutoPublishAlias: live }",
            "!Sub '${ItAliaslive} ${ItVersion} ${It.StateMachineRevisionId}'",
            "arn:aws:states:us-east-1:123456789012:stateMachine:flow:live \
             arn:aws:states:us-east-1:123456789012:stateMachine:flow:1 INITIAL",
        ),
        (
            "AWS::StepFunctions::StateMachine",
            "{ StateMachineName: flow, RoleArn: r, DefinitionString: '{}' }",
            "!Sub '${It} ${It.Name}'",
            "arn:aws:states:us-east-1:123456789012:stateMachine:flow flow",
        ),
        (
            "AWS::StepFunctions::Activity",
            "{ Name: work }",
            "!Sub '${It} ${It.Name}'",
            "arn:aws:states:us-east-1:123456789012:activity:work work",
        ),
        (
            "AWS::StepFunctions::StateMachineVersion",
            "{ StateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:flow' }",
            "!Ref It",
            "arn:aws:states:us-east-1:123456789012:stateMachine:flow:1",
        ),
        (
            "AWS::StepFunctions::StateMachineAlias",
            "{ Name: live, RoutingConfiguration: [{ StateMachineVersionArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:flow:7', Weight: 100 }] }",
            "!GetAtt It.Arn",
            "arn:aws:states:us-east-1:123456789012:stateMachine:flow:live",
        ),
        ("AWS::DynamoDB::Table", table, "!Ref It", "demo-It"),
        ("AWS::DynamoDB::Table", table, "!GetAtt It.Arn", "arn:aws:dynamodb:us-east-1:123456789012:table/demo-It"),
        (
            "AWS::DynamoDB::Table",
            table,
            "!GetAtt It.StreamArn",
            "arn:aws:dynamodb:us-east-1:123456789012:table/demo-It/stream/1970-01-01T00:00:00.000",
        ),
        (
            "AWS::Serverless::SimpleTable",
            "{}",
            "!Sub '${It} ${It.Arn}'",
            "demo-It arn:aws:dynamodb:us-east-1:123456789012:table/demo-It",
        ),
        ("AWS::SQS::Queue", "{}", "!Ref It", "http://127.0.0.1:4566/123456789012/demo-It"),
        ("AWS::SQS::Queue", "{ FifoQueue: true }", "!Ref It", "http://127.0.0.1:4566/123456789012/demo-It.fifo"),
        (
            "AWS::SQS::Queue",
            "{ QueueName: mine }",
            "!Sub '${It.QueueName} ${It.QueueUrl} ${It.Arn}'",
            "mine http://127.0.0.1:4566/123456789012/mine arn:aws:sqs:us-east-1:123456789012:mine",
        ),
        ("AWS::SNS::Topic", "{}", "!Ref It", "arn:aws:sns:us-east-1:123456789012:demo-It"),
        (
            "AWS::SNS::Topic",
            "{ TopicName: t }",
            "!Sub '${It.TopicName} ${It.TopicArn}'",
            "t arn:aws:sns:us-east-1:123456789012:t",
        ),
        ("AWS::S3::Bucket", "{}", "!Ref It", "demo-it"),
        (
            "AWS::S3::Bucket",
            "{ BucketName: mine }",
            "!Sub '${It.Arn} ${It.DomainName} ${It.RegionalDomainName} ${It.WebsiteURL}'",
            "arn:aws:s3:::mine mine.s3.amazonaws.com mine.s3.us-east-1.amazonaws.com http://mine.s3-website-us-east-1.amazonaws.com",
        ),
        (
            "AWS::ECS::Cluster",
            "{}",
            "!Sub '${It} ${It.Arn}'",
            "demo-It arn:aws:ecs:us-east-1:123456789012:cluster/demo-It",
        ),
        (
            "AWS::ECS::TaskDefinition",
            "{ Family: batch }",
            "!Ref It",
            "arn:aws:ecs:us-east-1:123456789012:task-definition/batch:1",
        ),
        (
            "AWS::Logs::LogGroup",
            "{ LogGroupName: /a/b }",
            "!Sub '${It} ${It.Arn}'",
            "/a/b arn:aws:logs:us-east-1:123456789012:log-group:/a/b:*",
        ),
        (
            "AWS::Events::EventBus",
            "{ Name: bus }",
            "!Sub '${It} ${It.Arn}'",
            "bus arn:aws:events:us-east-1:123456789012:event-bus/bus",
        ),
        (
            "AWS::Events::Rule",
            "{ ScheduleExpression: rate(1 day) }",
            "!Sub '${It} ${It.Arn}'",
            "demo-It arn:aws:events:us-east-1:123456789012:rule/demo-It",
        ),
        (
            "AWS::Events::Rule",
            "{ EventBusName: bus }",
            "!GetAtt It.Arn",
            "arn:aws:events:us-east-1:123456789012:rule/bus/demo-It",
        ),
        (
            "AWS::IAM::Role",
            "{ Path: /x/, RoleName: r }",
            "!Sub '${It} ${It.Arn}'",
            "r arn:aws:iam::123456789012:role/x/r",
        ),
        ("AWS::IAM::ManagedPolicy", "{}", "!Ref It", "arn:aws:iam::123456789012:policy/demo-It"),
        ("AWS::KMS::Alias", "{ AliasName: alias/a }", "!Ref It", "alias/a"),
        (
            "AWS::CloudWatch::Alarm",
            "{}",
            "!Sub '${It} ${It.Arn}'",
            "demo-It arn:aws:cloudwatch:us-east-1:123456789012:alarm:demo-It",
        ),
        (
            "AWS::ECR::Repository",
            "{ RepositoryName: r }",
            "!GetAtt It.RepositoryUri",
            "123456789012.dkr.ecr.us-east-1.amazonaws.com/r",
        ),
        ("AWS::Serverless::Api", "{ StageName: v1 }", "!Sub '${It.Stage} ${Itv1Stage}'", "v1 v1"),
        (
            "AWS::Serverless::Api",
            "{ StageName: !Sub '${AWS::StackName}' }",
            "!Sub '${It.Stage} ${ItStage}'",
            "demo demo",
        ),
        ("AWS::Cognito::UserPool", "{}", "!Ref It", "demo-It"),
        ("Custom::Anything", "{ ServiceToken: x }", "!Ref It", "demo-It"),
    ] {
        let (value, errors) = output(type_name, properties, expression);
        assert_eq!(errors, Vec::<String>::new(), "{type_name} {expression}");
        assert_eq!(value.as_deref(), Some(expected), "{type_name} {expression}");
    }
}

#[test]
fn ids_that_aws_draws_are_the_same_every_time_and_of_the_same_form() {
    for (type_name, properties, expression, form) in [
        ("AWS::Serverless::Api", "{ StageName: v1 }", "!Ref It", "##########"),
        ("AWS::Serverless::Api", "{ StageName: v1 }", "!GetAtt It.RootResourceId", "##########"),
        ("AWS::Serverless::HttpApi", "{}", "!GetAtt It.ApiId", "##########"),
        ("AWS::EC2::Subnet", "{}", "!Ref It", "subnet-#################"),
        ("AWS::EC2::SecurityGroup", "{}", "!GetAtt It.GroupId", "sg-#################"),
        ("AWS::KMS::Key", "{}", "!Ref It", "########-####-4###-8###-############"),
    ] {
        let (first, errors) = output(type_name, properties, expression);
        assert_eq!(errors, Vec::<String>::new());
        let first = first.expect("the output is there");
        assert_eq!(output(type_name, properties, expression).0.as_ref(), Some(&first));
        assert_eq!(first.len(), form.len(), "{first}");
        for (have, want) in first.chars().zip(form.chars()) {
            let fits = if want == '#' { have.is_ascii_lowercase() || have.is_ascii_digit() } else { have == want };
            assert!(fits, "{first} isn't of the form {form}");
        }
    }
}

#[test]
fn urls_of_queues_and_apis_point_to_the_endpoint_when_there_is_one() {
    let template = "Transform: AWS::Serverless-2016-10-31
Resources:
  Queue: { Type: AWS::SQS::Queue }
  Rest: { Type: AWS::Serverless::Api, Properties: { StageName: v1 } }
  Http: { Type: AWS::Serverless::HttpApi }
  Named: { Type: AWS::Serverless::HttpApi, Properties: { StageName: beta } }
Outputs:
  Queue: { Value: !Ref Queue }
  Rest: { Value: !Sub 'https://${Rest}.execute-api.${AWS::Region}.amazonaws.com/v1/orders?x=1' }
  Bare: { Value: !Sub 'https://${Rest}.execute-api.${AWS::Region}.amazonaws.com' }
  Host: { Value: !Sub '${Rest}.execute-api.${AWS::Region}.amazonaws.com' }
  Split: { Value: !Select [2, !Split [/, !GetAtt Http.ApiEndpoint]] }
  Default: { Value: !Sub '${Http.ApiEndpoint}/orders' }
  Staged: { Value: !Join ['', [!GetAtt Named.ApiEndpoint, /beta/orders]] }
  Longer: { Value: !Sub 'https://${Rest}.execute-api.${AWS::Region}.amazonaws.com.example/v1' }
  Foreign: { Value: 'https://abcdefghij.execute-api.us-east-1.amazonaws.com/v1' }
";
    let local = common::stack(template);
    let id = |stack: &sam::Stack, name: &str| stack.api(name).expect("the API is there").id.clone();
    let (rest, http, named) = (id(&local, "Rest"), id(&local, "Http"), id(&local, "Named"));
    let base = "http://127.0.0.1:4566/_aws/execute-api";
    for (name, expected) in [
        ("Queue", "http://127.0.0.1:4566/123456789012/demo-Queue".to_owned()),
        ("Rest", format!("{base}/{rest}/v1/orders?x=1")),
        ("Bare", format!("{base}/{rest}")),
        ("Host", format!("{rest}.execute-api.us-east-1.amazonaws.com")),
        ("Split", format!("{http}.execute-api.us-east-1.amazonaws.com")),
        ("Default", format!("{base}/{http}/$default/orders")),
        ("Staged", format!("{base}/{named}/beta/orders")),
        ("Longer", format!("https://{rest}.execute-api.us-east-1.amazonaws.com.example/v1")),
        ("Foreign", "https://abcdefghij.execute-api.us-east-1.amazonaws.com/v1".to_owned()),
    ] {
        assert_eq!(local.output(name), Some(expected.as_str()), "{name}");
    }
    assert_eq!(local.apis[0].url, format!("{base}/{rest}/v1"));

    let settings =
        sam::Settings { partition: "aws-cn".into(), region: "cn-north-1".into(), ..sam::Settings::new("demo") };
    let aws = common::read_with(template, &settings).stack.expect("the template is sound");
    assert_eq!(aws.output("Queue"), Some("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/demo-Queue"));
    assert_eq!(aws.apis[0].url, format!("https://{rest}.execute-api.cn-north-1.amazonaws.com.cn/v1"));
    assert_eq!(aws.apis[1].url, format!("https://{http}.execute-api.cn-north-1.amazonaws.com.cn"));
    assert_eq!(aws.queues[0].arn, "arn:aws-cn:sqs:cn-north-1:123456789012:demo-Queue");
}
