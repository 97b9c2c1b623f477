//! The optimized integrations: `arn:aws:states:::SERVICE:ACTION[.PATTERN]`.
//!
//! <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html> and the pages of the services below it.

/// One action of an optimized integration.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// The action, as in the ARN.
    pub action: &'static str,
    /// The parameters that Step Functions passes on, sorted; none: not known here.
    pub parameters: Option<&'static [&'static str]>,
}

/// A service with an optimized integration.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// The service, as in the ARN.
    pub name: &'static str,
    /// Its actions.
    pub operations: &'static [Operation],
    /// Whether the list above is whole. Some services gain actions from time to time.
    pub closed: bool,
    /// Whether an action can be waited for with `.sync`.
    pub sync: bool,
    /// Whether an action can be answered with a task token.
    pub callback: bool,
}

/// The service of that name.
pub fn service(name: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|service| service.name == name)
}

/// The parameters that Step Functions passes on to an action; none when that is not known here.
pub fn parameters(name: &str, action: &str) -> Option<&'static [&'static str]> {
    service(name)?.operations.iter().find(|operation| operation.action == action)?.parameters
}

const fn known(action: &'static str, parameters: &'static [&'static str]) -> Operation {
    Operation { action, parameters: Some(parameters) }
}

const fn named(action: &'static str) -> Operation {
    Operation { action, parameters: None }
}

const fn closed(name: &'static str, operations: &'static [Operation], sync: bool, callback: bool) -> Service {
    Service { name, operations, closed: true, sync, callback }
}

const fn open(name: &'static str, operations: &'static [Operation], callback: bool) -> Service {
    Service { name, operations, closed: false, sync: true, callback }
}

/// Every service with an optimized integration.
pub const SERVICES: &[Service] = &[
    closed(
        "apigateway",
        &[known(
            "invoke",
            &[
                "AllowNullValues",
                "ApiEndpoint",
                "AuthType",
                "Headers",
                "Method",
                "Path",
                "QueryParameters",
                "RequestBody",
                "Stage",
            ],
        )],
        false,
        true,
    ),
    open(
        "athena",
        &[
            named("startQueryExecution"),
            named("stopQueryExecution"),
            named("getQueryExecution"),
            named("getQueryResults"),
        ],
        false,
    ),
    closed("batch", &[named("submitJob")], true, false),
    open("bedrock", &[named("invokeModel"), named("createModelCustomizationJob")], true),
    open(
        "codebuild",
        &[
            named("startBuild"),
            named("stopBuild"),
            named("batchDeleteBuilds"),
            named("batchGetReports"),
            named("startBuildBatch"),
            named("stopBuildBatch"),
            named("retryBuildBatch"),
            named("deleteBuildBatch"),
        ],
        false,
    ),
    open("databrew", &[named("startJobRun")], false),
    closed("dynamodb", DYNAMODB, false, false),
    closed(
        "ecs",
        &[known(
            "runTask",
            &[
                "CapacityProviderStrategy",
                "Cluster",
                "EnableECSManagedTags",
                "EnableExecuteCommand",
                "Group",
                "LaunchType",
                "NetworkConfiguration",
                "Overrides",
                "PlacementConstraints",
                "PlacementStrategy",
                "PlatformVersion",
                "PropagateTags",
                "ReferenceId",
                "StartedBy",
                "Tags",
                "TaskDefinition",
                "VolumeConfigurations",
            ],
        )],
        true,
        true,
    ),
    open(
        "eks",
        &[
            named("call"),
            named("createCluster"),
            named("deleteCluster"),
            named("createFargateProfile"),
            named("deleteFargateProfile"),
            named("createNodegroup"),
            named("deleteNodegroup"),
            named("runJob"),
        ],
        true,
    ),
    open(
        "elasticmapreduce",
        &[
            named("createCluster"),
            named("terminateCluster"),
            named("addStep"),
            named("cancelStep"),
            named("setClusterTerminationProtection"),
            named("modifyInstanceFleetByName"),
            named("modifyInstanceGroupByName"),
        ],
        false,
    ),
    open(
        "emr-containers",
        &[named("createVirtualCluster"), named("deleteVirtualCluster"), named("startJobRun")],
        false,
    ),
    open(
        "emr-serverless",
        &[
            named("createApplication"),
            named("startApplication"),
            named("stopApplication"),
            named("deleteApplication"),
            named("startJobRun"),
            named("cancelJobRun"),
        ],
        false,
    ),
    closed("events", &[known("putEvents", &["Entries"])], false, true),
    open("glue", &[named("startJobRun")], false),
    closed(
        "http",
        &[known(
            "invoke",
            &[
                "ApiEndpoint",
                "Authentication",
                "Headers",
                "InvocationConfig",
                "Method",
                "QueryParameters",
                "RequestBody",
                "Transform",
            ],
        )],
        false,
        false,
    ),
    // AWS takes others as well (recorded case `services/lambda_task_service--list_functions.json`).
    Service {
        name: "lambda",
        operations: &[known(
            "invoke",
            &["ClientContext", "FunctionName", "InvocationType", "LogType", "Payload", "Qualifier"],
        )],
        closed: false,
        sync: false,
        callback: true,
    },
    open("mediaconvert", &[named("createJob")], false),
    open(
        "sagemaker",
        &[
            named("createEndpoint"),
            named("createEndpointConfig"),
            named("createHyperParameterTuningJob"),
            named("createLabelingJob"),
            named("createModel"),
            named("createProcessingJob"),
            named("createTrainingJob"),
            named("createTransformJob"),
            named("updateEndpoint"),
        ],
        false,
    ),
    closed(
        "sns",
        &[known(
            "publish",
            &[
                "Message",
                "MessageAttributes",
                "MessageDeduplicationId",
                "MessageGroupId",
                "MessageStructure",
                "PhoneNumber",
                "Subject",
                "TargetArn",
                "TopicArn",
            ],
        )],
        false,
        true,
    ),
    closed(
        "sqs",
        &[known(
            "sendMessage",
            &[
                "DelaySeconds",
                "MessageAttributes",
                "MessageBody",
                "MessageDeduplicationId",
                "MessageGroupId",
                "QueueUrl",
            ],
        )],
        false,
        true,
    ),
    closed("states", &[known("startExecution", &["Input", "Name", "StateMachineArn", "TraceHeader"])], true, true),
];

const DYNAMODB: &[Operation] = &[
    known(
        "getItem",
        &[
            "AttributesToGet",
            "ConsistentRead",
            "ExpressionAttributeNames",
            "Key",
            "ProjectionExpression",
            "ReturnConsumedCapacity",
            "TableName",
        ],
    ),
    known(
        "putItem",
        &[
            "ConditionExpression",
            "ConditionalOperator",
            "Expected",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
            "Item",
            "ReturnConsumedCapacity",
            "ReturnItemCollectionMetrics",
            "ReturnValues",
            "TableName",
        ],
    ),
    known(
        "updateItem",
        &[
            "AttributeUpdates",
            "ConditionExpression",
            "ConditionalOperator",
            "Expected",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
            "Key",
            "ReturnConsumedCapacity",
            "ReturnItemCollectionMetrics",
            "ReturnValues",
            "TableName",
            "UpdateExpression",
        ],
    ),
    known(
        "deleteItem",
        &[
            "ConditionExpression",
            "ConditionalOperator",
            "Expected",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
            "Key",
            "ReturnConsumedCapacity",
            "ReturnItemCollectionMetrics",
            "ReturnValues",
            "TableName",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_stand_once() {
        assert!(SERVICES.is_sorted_by(|a, b| a.name < b.name));
        for service in SERVICES {
            for operation in service.operations {
                let parameters = operation.parameters.unwrap_or_default();
                assert!(parameters.is_sorted_by(|a, b| a < b), "{}:{}", service.name, operation.action);
            }
        }
    }

    #[test]
    fn parameters_are_found_by_the_action() {
        assert_eq!(parameters("events", "putEvents"), Some(&["Entries"][..]));
        assert_eq!(parameters("events", "getEvents"), None);
        assert_eq!(parameters("glue", "startJobRun"), None);
        assert!(service("nothing").is_none());
    }
}
