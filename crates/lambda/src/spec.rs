//! What the host must know of a function: the part of `AWS::Lambda::Function` that running it depends on.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use crate::{HostError, limits::MAX_TIMEOUT};

/// One Lambda function: its identity, its binary, and its configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSpec {
    /// The function's name, as in `AWS_LAMBDA_FUNCTION_NAME`.
    pub name: String,
    /// The ARN without a qualifier: `arn:aws:lambda:REGION:ACCOUNT:function:NAME`.
    pub arn: String,
    /// The version that runs, as in `AWS_LAMBDA_FUNCTION_VERSION`: `$LATEST`, or a number.
    pub version: String,
    /// The aliases that point to `version`, such as the one SAM's `AutoPublishAlias` makes.
    pub aliases: Vec<String>,
    /// The executable. Its directory is the process's working directory and `LAMBDA_TASK_ROOT`. The empty path stands
    /// for one that is still being built: invocations wait until the function is registered with another.
    pub binary: PathBuf,
    /// The configured handler, as in `_HANDLER`. `provided.al2023` leaves its meaning to the binary.
    pub handler: String,
    /// The function's own environment variables. Names that Lambda reserves are refused.
    pub environment: BTreeMap<String, String>,
    /// Configured memory in MB. It is told to the function and stands in `REPORT`; it is not enforced.
    pub memory_mb: u32,
    /// How long one invocation may take, up to 900 seconds.
    pub timeout: Duration,
    /// `ReservedConcurrentExecutions`: more invocations at once are throttled; 0 throttles all.
    pub reserved_concurrency: Option<usize>,
    /// `LoggingConfig`.
    pub logging: LoggingConfig,
    /// What only those are told who ask about the function.
    pub about: About,
}

/// What is configured of a function and doesn't change how this host runs it; whoever asks about the function is told, and
/// whoever keeps its asynchronous invocations goes by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// `Description`.
    pub description: String,
    /// `Runtime`, such as `provided.al2023`.
    pub runtime: String,
    /// `Architectures`: `x86_64` or `arm64`. The binary is built for this machine in any case.
    pub architecture: String,
    /// `Role`, an ARN; empty when it isn't known.
    pub role_arn: String,
    /// `EphemeralStorage`, in MB.
    pub ephemeral_storage_mb: u32,
    /// Whether X-Ray traces it.
    pub tracing: bool,
    /// `MaximumRetryAttempts` of asynchronous invocations.
    pub maximum_retry_attempts: u32,
    /// `MaximumEventAgeInSeconds` of asynchronous invocations.
    pub maximum_event_age: Duration,
    /// `DeadLetterConfig`: the ARN of the queue or topic that takes events of asynchronous invocations that failed for good.
    pub dead_letter_arn: Option<String>,
    /// `DestinationConfig.OnSuccess`: the ARN of what is told of asynchronous invocations that succeeded.
    pub on_success: Option<String>,
    /// `DestinationConfig.OnFailure`: the ARN of what is told of asynchronous invocations that failed for good.
    pub on_failure: Option<String>,
}

impl Default for About {
    /// What Lambda takes when nothing is configured.
    fn default() -> Self {
        Self {
            description: String::new(),
            runtime: "provided.al2023".to_owned(),
            architecture: "x86_64".to_owned(),
            role_arn: String::new(),
            ephemeral_storage_mb: 512,
            tracing: false,
            maximum_retry_attempts: 2,
            maximum_event_age: Duration::from_hours(6),
            dead_letter_arn: None,
            on_success: None,
            on_failure: None,
        }
    }
}

/// `LoggingConfig` of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggingConfig {
    /// The log group, as in `AWS_LAMBDA_LOG_GROUP_NAME`.
    pub log_group: String,
    /// The format of the platform's lines; a function sees it in `AWS_LAMBDA_LOG_FORMAT`.
    pub format: LogFormat,
    /// `ApplicationLogLevel`, such as `DEBUG`; a function sees it in `AWS_LAMBDA_LOG_LEVEL`. Lambda has it only
    /// with the JSON format. Filtering is the function's own affair.
    pub application_log_level: Option<String>,
}

/// The format of a function's platform log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// `START RequestId: …`, `END RequestId: …`, `REPORT RequestId: …`.
    #[default]
    Text,
    /// `{"time":…,"type":"platform.start","record":{…}}` and `platform.report`.
    Json,
}

impl FunctionSpec {
    /// A function with Lambda's defaults: version `$LATEST`, 128 MB, 3 seconds, log group `/aws/lambda/NAME`,
    /// text logs, no reserved concurrency.
    pub fn new(name: impl Into<String>, arn: impl Into<String>, binary: impl Into<PathBuf>) -> Self {
        let name = name.into();
        Self {
            logging: LoggingConfig {
                log_group: format!("/aws/lambda/{name}"),
                format: LogFormat::Text,
                application_log_level: None,
            },
            name,
            arn: arn.into(),
            version: "$LATEST".to_owned(),
            aliases: Vec::new(),
            binary: binary.into(),
            handler: "bootstrap".to_owned(),
            environment: BTreeMap::new(),
            memory_mb: 128,
            timeout: Duration::from_secs(3),
            reserved_concurrency: None,
            about: About::default(),
        }
    }

    /// Whether there is an executable already.
    pub(crate) fn is_built(&self) -> bool {
        !self.binary.as_os_str().is_empty()
    }

    /// Refuses what Lambda would refuse when the function is created, and a timeout nothing could finish in.
    pub(crate) fn check(&self) -> Result<(), HostError> {
        if let Some(key) = self.environment.keys().find(|key| is_reserved(key)) {
            return Err(HostError::ReservedVariable { function: self.name.clone(), variable: key.clone() });
        }
        if self.timeout.is_zero() || self.timeout > MAX_TIMEOUT {
            return Err(HostError::Timeout { function: self.name.clone(), timeout: self.timeout });
        }
        Ok(())
    }
}

/// Whether Lambda keeps this environment variable to itself, so that a function cannot configure it (Developer
/// Guide, "Defined runtime environment variables", the reserved ones).
fn is_reserved(key: &str) -> bool {
    const RESERVED: [&str; 14] = [
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
        "AWS_LAMBDA_METADATA_API",
    ];
    RESERVED.contains(&key) || key.starts_with("AWS_LAMBDA_FUNCTION_") || key.starts_with("AWS_LAMBDA_LOG_")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> FunctionSpec {
        FunctionSpec::new("price", "arn:aws:lambda:us-east-1:123456789012:function:price", "/bin/true")
    }

    #[test]
    fn a_reserved_variable_is_refused_by_name() {
        for key in ["AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "_HANDLER", "AWS_SECRET_ACCESS_KEY"] {
            let mut spec = spec();
            spec.environment.insert(key.to_owned(), "x".to_owned());
            let refusal = spec.check().unwrap_err().to_string();
            assert!(refusal.contains(key) && refusal.contains("price"), "{refusal}");
        }
        let mut spec = spec();
        spec.environment.insert("AWS_ENDPOINT_URL".to_owned(), "http://127.0.0.1:1".to_owned());
        assert!(spec.check().is_ok());
    }

    #[test]
    fn a_timeout_outside_lambdas_range_is_refused() {
        for timeout in [Duration::ZERO, Duration::from_secs(901)] {
            assert!(FunctionSpec { timeout, ..spec() }.check().is_err());
        }
        assert!(FunctionSpec { timeout: Duration::from_mins(15), ..spec() }.check().is_ok());
    }
}
