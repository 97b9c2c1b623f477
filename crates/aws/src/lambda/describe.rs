//! `ListFunctions`, `GetFunction`, `GetFunctionConfiguration`.
//!
//! Members as recorded in `LocalStack`'s snapshot `test_lambda.snapshot.json`, but for those that only AWS's own storage of
//! code has: there is no `CodeSha256` and no `RevisionId`, and the code's `Location` is the file that runs.

use serde_json::{Value, json};

use super::fault::{Fault, invalid, of};
use super::{Lambda, name, parameter};
use crate::functions::FunctionDescription;

/// Functions on a page at most, whatever `MaxItems` says (API reference of `ListFunctions`).
const PAGE: usize = 50;

impl Lambda {
    /// The marker of a page is the name of the last function before it.
    pub(super) fn list_functions(&self, query: &str) -> Result<Value, Fault> {
        let most = match parameter(query, "MaxItems") {
            None => PAGE,
            Some(text) => match text.parse() {
                Ok(number @ 1..=10_000) => PAGE.min(number),
                Ok(0) => return Err(invalid(&text, "maxItems", "value greater than or equal to 1")),
                _ => return Err(invalid(&text, "maxItems", "value less than or equal to 10000")),
            },
        };
        let marker = parameter(query, "Marker").unwrap_or_default();
        let mut functions = self.functions.list();
        functions.retain(|function| function.name > marker);
        let more = functions.len() > most;
        functions.truncate(most);
        let next = functions.last().filter(|_| more).map(|function| function.name.clone());
        let functions: Vec<Value> = functions.iter().map(configuration).collect();
        Ok(json!({"NextMarker": next, "Functions": functions}))
    }

    pub(super) fn get_function(&self, function: &str, query: &str) -> Result<Value, Fault> {
        let function = self.find(function, query)?;
        let location = format!("file://{}", function.binary.display());
        let mut output = json!({
            "Configuration": with_state(configuration(&function)),
            "Code": {"RepositoryType": "Local", "Location": location},
        });
        if let Some(limit) = function.reserved_concurrency {
            output["Concurrency"] = json!({"ReservedConcurrentExecutions": limit});
        }
        Ok(output)
    }

    pub(super) fn get_function_configuration(&self, function: &str, query: &str) -> Result<Value, Fault> {
        self.find(function, query).map(|function| with_state(configuration(&function)))
    }

    fn find(&self, function: &str, query: &str) -> Result<FunctionDescription, Fault> {
        let function = name::function(function, parameter(query, "Qualifier").as_deref(), &self.place)?;
        self.functions.describe(&function).map_err(|error| of(error, &function, &self.place))
    }
}

/// Its state, which lists leave out.
fn with_state(mut configuration: Value) -> Value {
    configuration["State"] = "Active".into();
    configuration["LastUpdateStatus"] = "Successful".into();
    configuration
}

fn configuration(function: &FunctionDescription) -> Value {
    let size = std::fs::metadata(&function.binary).map_or(0, |found| found.len());
    let modified = function.modified().strftime("%Y-%m-%dT%H:%M:%S.%3f+0000").to_string();
    let mut logging = json!({"LogFormat": function.log_format, "LogGroup": function.log_group});
    if let Some(level) = &function.application_log_level {
        logging["ApplicationLogLevel"] = level.as_str().into();
    }
    let mut configuration = json!({
        "FunctionName": function.name,
        "FunctionArn": function.arn,
        "Runtime": function.runtime,
        "Handler": function.handler,
        "CodeSize": size,
        "Description": function.description,
        "Timeout": function.timeout_seconds,
        "MemorySize": function.memory_mb,
        "LastModified": modified,
        "Version": function.version,
        "TracingConfig": {"Mode": if function.tracing { "Active" } else { "PassThrough" }},
        "PackageType": "Zip",
        "Architectures": [function.architecture],
        "EphemeralStorage": {"Size": function.ephemeral_storage_mb},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": logging,
    });
    if !function.role_arn.is_empty() {
        configuration["Role"] = function.role_arn.as_str().into();
    }
    if !function.environment.is_empty() {
        configuration["Environment"] = json!({"Variables": function.environment});
    }
    if let Some(target) = &function.asynchronous.dead_letter_arn {
        configuration["DeadLetterConfig"] = json!({"TargetArn": target});
    }
    configuration
}
