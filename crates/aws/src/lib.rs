//! The AWS around a workflow, embedded: DynamoDB, SQS, SNS, API Gateway, STS on one loopback port.
