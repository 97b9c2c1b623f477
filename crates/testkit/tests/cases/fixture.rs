//! A project without functions, so that nothing has to be built: a workflow over embedded services.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use local::Project;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Bench, CaseReport, Cases, Coverage, Ran};

const TEMPLATE: &str = r"Transform: AWS::Serverless-2016-10-31
Parameters:
  Greeting: { Type: String, Default: hello }
Resources:
  Notes:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: pk, AttributeType: S }]
      KeySchema: [{ AttributeName: pk, KeyType: HASH }]
  News: { Type: AWS::SNS::Topic }
  Jobs: { Type: AWS::SQS::Queue }
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flow.asl.json
      DefinitionSubstitutions: { Table: !Ref Notes, Topic: !Ref News, Queue: !Ref Jobs, Greeting: !Ref Greeting }
      Policies:
        - DynamoDBCrudPolicy: { TableName: !Ref Notes }
        - SNSPublishMessagePolicy: { TopicName: !GetAtt News.TopicName }
        - SQSSendMessagePolicy: { QueueName: !GetAtt Jobs.QueueName }
";

const FLOW: &str = r#"{"StartAt": "Which", "States": {
    "Which": {"Type": "Choice", "Default": "No", "Choices": [
        {"Variable": "$.way", "StringEquals": "store", "Next": "Store"},
        {"Variable": "$.way", "StringEquals": "wait", "Next": "Pause"},
        {"Variable": "$.way", "StringEquals": "sleep", "Next": "Pause"},
        {"Variable": "$.way", "StringEquals": "ask", "Next": "Ask"}]},
    "Store": {"Type": "Task", "Resource": "arn:aws:states:::dynamodb:putItem", "TimeoutSeconds": 30, "ResultPath": null,
        "Parameters": {"TableName": "${Table}", "ConditionExpression": "attribute_not_exists(pk)",
            "Item": {"pk": {"S.$": "$.id"}, "greeting": {"S": "${Greeting}"}}},
        "Retry": [{"ErrorEquals": ["DynamoDB.ProvisionedThroughputExceededException"], "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "Twice"}],
        "Next": "Tell"},
    "Tell": {"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "TimeoutSeconds": 30, "End": true,
        "Parameters": {"TopicArn": "${Topic}", "Subject": "Stored", "Message.$": "$"},
        "ResultSelector": {"message_id.$": "$.MessageId"}, "ResultPath": "$.told"},
    "Ask": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "TimeoutSeconds": 3600,
        "Parameters": {"QueueUrl": "${Queue}", "MessageBody": {"token.$": "$$.Task.Token"}},
        "Catch": [{"ErrorEquals": ["States.Timeout"], "Next": "Done"}], "Next": "Done"},
    "Pause": {"Type": "Wait", "Seconds": 86400, "Next": "Done"},
    "Done": {"Type": "Succeed"},
    "Twice": {"Type": "Fail", "Error": "Twice", "Cause": "It was stored before."},
    "No": {"Type": "Fail", "Error": "NoWay"}}}"#;

/// A project in a folder that is gone when this is.
pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("events/flow")).expect("made");
        let fixture = Self { folder };
        fixture.write("template.yaml", TEMPLATE);
        fixture.write("flow.asl.json", FLOW);
        fixture
    }

    /// Adds an input and what must come of it.
    pub(crate) fn with(self, name: &str, input: &Value, expected: &Value) -> Self {
        self.write(&format!("events/flow/{name}.json"), &input.to_string());
        self.write(&format!("events/flow/{name}.expect.json"), &expected.to_string());
        self
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        std::fs::write(self.folder.path().join(file), text).expect("written");
    }

    fn template(&self) -> PathBuf {
        self.folder.path().join("template.yaml")
    }

    pub(crate) fn project(&self) -> Project {
        let project = Project::read(&self.template(), &std::collections::BTreeMap::new(), None).expect("readable");
        assert!(project.is_sound(), "{:?} {:?}", project.problems, project.machines);
        project
    }

    pub(crate) fn read(&self) -> Cases {
        let project = self.project();
        testkit::read(&project, &project.machines[0])
    }

    /// Runs all cases, and gives what came of them in order, with what they covered.
    pub(crate) async fn run(&self, patience: Duration) -> (Vec<CaseReport>, Coverage) {
        let project = self.project();
        let cases = testkit::read(&project, &project.machines[0]);
        assert!(cases.problems.is_empty(), "{:?}", cases.problems);
        let bench = Bench::prepare(self.template(), [].into(), &cases.cases, patience, |_| {}).await;
        let bench = Arc::new(bench.unwrap_or_else(|error| panic!("{error}")));
        let compiled = project.machines[0].compiled.as_deref().expect("sound");
        let mut coverages = [("flow".to_owned(), Coverage::of(compiled))].into();
        let mut reports = Vec::new();
        bench
            .run_all(cases.cases, 4, |ran: Ran| {
                testkit::count(&mut coverages, &ran);
                reports.push(ran.report);
            })
            .await;
        (reports, coverages.remove("flow").expect("counted"))
    }

    /// Runs the only case.
    pub(crate) async fn run_one(&self) -> CaseReport {
        let (mut reports, _) = self.run(Duration::from_mins(1)).await;
        assert_eq!(reports.len(), 1);
        reports.remove(0)
    }
}

/// An input that takes a way.
pub(crate) fn way(way: &str) -> Value {
    json!({"way": way, "id": "a"})
}
