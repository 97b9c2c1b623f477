//! Types that a local run doesn't run: those that nothing misses, and those that a workflow would.
//!
//! What `Ref` and `Fn::GetAtt` return for them is still needed, for other resources refer to them.

use super::kind::Treatment::{Harmless, NotEmulated};
use super::{Attribute, NameRule, ResourceType, Treatment};

/// All of them.
pub(super) fn types() -> impl Iterator<Item = &'static ResourceType> {
    [PERMISSIONS, MONITORING, NETWORK, STEP_FUNCTIONS, MISSED].into_iter().flatten()
}

/// A type that is named by one of its properties.
const fn named(name: &'static str, property: &'static str, reference: &'static str) -> ResourceType {
    ResourceType { name_property: Some(property), ..plain(name, reference) }
}

/// A type that is named by its logical id. Its attributes aren't all listed here, so that others are let pass.
const fn plain(name: &'static str, reference: &'static str) -> ResourceType {
    ResourceType { name, reference, closed: false, treatment: Harmless, ..ResourceType::BASE }
}

/// A type whose `Ref` is an id that AWS draws, which one attribute also returns.
const fn drawn(name: &'static str, prefix: &'static str, attributes: &'static [Attribute]) -> ResourceType {
    ResourceType { naming: NameRule::Hexadecimal(prefix, 17), attributes, ..plain(name, "{name}") }
}

const fn with(kind: ResourceType, attributes: &'static [Attribute]) -> ResourceType {
    ResourceType { attributes, ..kind }
}

const fn treated(kind: ResourceType, treatment: Treatment) -> ResourceType {
    ResourceType { treatment, ..kind }
}

const ROLE_ARN: &str = "arn:{partition}:iam::{account}:role{path}{name}";
const POLICY_ARN: &str = "arn:{partition}:iam::{account}:policy{path}{name}";
const KEY_ARN: &str = "arn:{partition}:kms:{region}:{account}:key/{name}";
const ALARM_ARN: &str = "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}";

/// Permissions and keys: nothing is refused or encrypted locally.
const PERMISSIONS: &[ResourceType] = &[
    ResourceType {
        naming: NameRule::Plain(64),
        attributes: &[Attribute::new("Arn", ROLE_ARN), Attribute::new("RoleId", "AROA{id}")],
        ..named(super::ROLE, "RoleName", "{name}")
    },
    with(named("AWS::IAM::ManagedPolicy", "ManagedPolicyName", POLICY_ARN), &[Attribute::new("PolicyArn", POLICY_ARN)]),
    plain("AWS::IAM::Policy", "{name}"),
    plain("AWS::IAM::RolePolicy", "{name}"),
    with(
        named("AWS::IAM::User", "UserName", "{name}"),
        &[Attribute::new("Arn", "arn:{partition}:iam::{account}:user{path}{name}")],
    ),
    with(
        named("AWS::IAM::Group", "GroupName", "{name}"),
        &[Attribute::new("Arn", "arn:{partition}:iam::{account}:group{path}{name}")],
    ),
    plain("AWS::IAM::ServiceLinkedRole", "{name}"),
    plain("AWS::Lambda::Permission", "{name}"),
    plain("AWS::Lambda::LayerVersionPermission", "{name}"),
    plain("AWS::SQS::QueuePolicy", "{name}"),
    plain("AWS::SQS::QueueInlinePolicy", "{name}"),
    plain("AWS::SNS::TopicPolicy", "{name}"),
    plain("AWS::SNS::TopicInlinePolicy", "{name}"),
    plain("AWS::S3::BucketPolicy", "{name}"),
    plain("AWS::Events::EventBusPolicy", "{name}"),
    plain("AWS::Serverless::Connector", "{name}"),
    ResourceType {
        naming: NameRule::Uuid,
        attributes: &[Attribute::new("Arn", KEY_ARN), Attribute::new("KeyId", "{name}")],
        ..plain("AWS::KMS::Key", "{name}")
    },
    named("AWS::KMS::Alias", "AliasName", "{name}"),
];

/// What watches, counts and records.
const MONITORING: &[ResourceType] = &[
    with(named("AWS::CloudWatch::Alarm", "AlarmName", "{name}"), &[Attribute::new("Arn", ALARM_ARN)]),
    with(named("AWS::CloudWatch::CompositeAlarm", "AlarmName", "{name}"), &[Attribute::new("Arn", ALARM_ARN)]),
    plain("AWS::CloudWatch::AnomalyDetector", "{name}"),
    named("AWS::CloudWatch::Dashboard", "DashboardName", "{name}"),
    plain("AWS::CloudWatch::InsightRule", "{name}"),
    plain("AWS::ApplicationInsights::Application", "{name}"),
    plain("AWS::Logs::MetricFilter", "{name}"),
    plain("AWS::Logs::QueryDefinition", "{name}"),
    plain("AWS::Logs::ResourcePolicy", "{name}"),
    plain("AWS::XRay::Group", "arn:{partition}:xray:{region}:{account}:group/{name}"),
    plain("AWS::XRay::ResourcePolicy", "{name}"),
    plain("AWS::XRay::SamplingRule", "{name}"),
    plain("AWS::Budgets::Budget", "{name}"),
    plain("AWS::ResourceGroups::Group", "{name}"),
    plain("AWS::ApiGateway::Account", "{name}"),
    with(
        named("AWS::Events::Archive", "ArchiveName", "{name}"),
        &[Attribute::new("Arn", "arn:{partition}:events:{region}:{account}:archive/{name}")],
    ),
    plain("AWS::ApplicationAutoScaling::ScalableTarget", "{name}"),
    plain("AWS::ApplicationAutoScaling::ScalingPolicy", "{name}"),
    with(
        named("AWS::ECR::Repository", "RepositoryName", "{name}"),
        &[
            Attribute::new("Arn", "arn:{partition}:ecr:{region}:{account}:repository/{name}"),
            Attribute::new("RepositoryUri", "{account}.dkr.ecr.{region}.{suffix}/{name}"),
        ],
    ),
    plain("AWS::ECS::ClusterCapacityProviderAssociations", "{name}"),
    plain("AWS::CloudFormation::WaitConditionHandle", "{name}"),
];

/// Networks: local tasks run in none.
const NETWORK: &[ResourceType] = &[
    drawn("AWS::EC2::VPC", "vpc-", &[Attribute::new("VpcId", "{name}")]),
    drawn("AWS::EC2::Subnet", "subnet-", &[Attribute::new("SubnetId", "{name}")]),
    drawn("AWS::EC2::SecurityGroup", "sg-", &[Attribute::new("GroupId", "{name}"), Attribute::new("Id", "{name}")]),
    drawn("AWS::EC2::InternetGateway", "igw-", &[Attribute::new("InternetGatewayId", "{name}")]),
    drawn("AWS::EC2::EgressOnlyInternetGateway", "eigw-", &[Attribute::new("Id", "{name}")]),
    drawn("AWS::EC2::NatGateway", "nat-", &[Attribute::new("NatGatewayId", "{name}")]),
    drawn("AWS::EC2::RouteTable", "rtb-", &[Attribute::new("RouteTableId", "{name}")]),
    drawn("AWS::EC2::NetworkAcl", "acl-", &[Attribute::new("Id", "{name}")]),
    drawn("AWS::EC2::VPCEndpoint", "vpce-", &[Attribute::new("Id", "{name}")]),
    drawn("AWS::EC2::FlowLog", "fl-", &[Attribute::new("Id", "{name}")]),
    drawn("AWS::EC2::EIP", "eipalloc-", &[Attribute::new("AllocationId", "{name}")]),
    plain("AWS::EC2::NetworkAclEntry", "{name}"),
    plain("AWS::EC2::Route", "{name}"),
    plain("AWS::EC2::SecurityGroupEgress", "{name}"),
    plain("AWS::EC2::SecurityGroupIngress", "{name}"),
    plain("AWS::EC2::SubnetRouteTableAssociation", "{name}"),
    plain("AWS::EC2::VPCGatewayAttachment", "{name}"),
];

/// Versions and aliases of what runs locally in its one version.
const STEP_FUNCTIONS: &[ResourceType] = &[
    with(plain("AWS::StepFunctions::StateMachineVersion", "{machine}:1"), &[Attribute::new("Arn", "{machine}:1")]),
    with(
        named("AWS::StepFunctions::StateMachineAlias", "Name", "{machine}:{name}"),
        &[Attribute::new("Arn", "{machine}:{name}")],
    ),
    plain("AWS::Lambda::EventInvokeConfig", "{name}"),
    plain("AWS::Lambda::Version", "arn:{partition}:lambda:{region}:{account}:function:{function}:1"),
    named("AWS::Lambda::Alias", "Name", "arn:{partition}:lambda:{region}:{account}:function:{function}:{name}"),
];

/// What a workflow that uses it would miss.
const MISSED: &[ResourceType] = &[
    treated(
        with(
            named("AWS::Lambda::Function", "FunctionName", "{name}"),
            &[Attribute::new("Arn", "arn:{partition}:lambda:{region}:{account}:function:{name}")],
        ),
        NotEmulated,
    ),
    treated(
        with(
            plain("AWS::Lambda::Url", "arn:{partition}:lambda:{region}:{account}:function:{logical}"),
            &[Attribute::new("FunctionUrl", "https://{id}.lambda-url.{region}.on.aws/")],
        ),
        NotEmulated,
    ),
    treated(
        plain("AWS::Lambda::LayerVersion", "arn:{partition}:lambda:{region}:{account}:layer:{name}:1"),
        NotEmulated,
    ),
    treated(
        plain("AWS::Serverless::LayerVersion", "arn:{partition}:lambda:{region}:{account}:layer:{name}:1"),
        NotEmulated,
    ),
    treated(
        plain("AWS::Serverless::Application", "arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{id}"),
        NotEmulated,
    ),
    treated(plain("AWS::Serverless::GraphQLApi", "{id}"), NotEmulated),
    treated(
        with(
            plain("AWS::ApiGateway::RestApi", "{id}"),
            &[Attribute::new("RestApiId", "{id}"), Attribute::new("RootResourceId", "{root}")],
        ),
        NotEmulated,
    ),
    treated(
        with(
            plain("AWS::ApiGatewayV2::Api", "{id}"),
            &[
                Attribute::new("ApiEndpoint", "https://{id}.execute-api.{region}.{suffix}"),
                Attribute::new("ApiId", "{id}"),
            ],
        ),
        NotEmulated,
    ),
    treated(plain("AWS::ApiGateway::UsagePlan", "{id}"), NotEmulated),
    treated(plain("AWS::ApiGateway::UsagePlanKey", "{id}"), NotEmulated),
    treated(plain("AWS::ApiGateway::ApiKey", "{id}"), NotEmulated),
    treated(
        with(
            plain("AWS::ECS::Service", "arn:{partition}:ecs:{region}:{account}:service/{name}"),
            &[Attribute::new("Name", "{name}")],
        ),
        NotEmulated,
    ),
    treated(plain("AWS::Logs::SubscriptionFilter", "{name}"), NotEmulated),
    treated(named("AWS::SSM::Parameter", "Name", "{name}"), NotEmulated),
    treated(
        named("AWS::SecretsManager::Secret", "Name", "arn:{partition}:secretsmanager:{region}:{account}:secret:{name}"),
        NotEmulated,
    ),
    treated(
        plain("AWS::CloudFormation::Stack", "arn:{partition}:cloudformation:{region}:{account}:stack/{name}/{id}"),
        NotEmulated,
    ),
];
