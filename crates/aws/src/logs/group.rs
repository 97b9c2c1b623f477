//! Log groups: `CreateLogGroup`, `DeleteLogGroup`, `DescribeLogGroups`, and their retention.

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Value, json};

use super::store::expire;
use super::{Logs, fault, now};
use crate::database::Failure;
use crate::error::ServiceError;
use crate::wire::json::page;

/// The numbers of days that events can be kept (API reference, `PutRetentionPolicy`).
const RETENTION: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    log_group_name: String,
    kms_key_id: Option<String>,
    log_group_class: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Name {
    log_group_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Retention {
    log_group_name: String,
    retention_in_days: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Describe {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    limit: Option<i64>,
    next_token: Option<String>,
}

/// Whether the group is there.
pub(super) fn find(database: &Connection, name: &str) -> Result<(), Failure> {
    let mut find = database.prepare_cached("SELECT 1 FROM log_group WHERE name = ?1")?;
    find.query_row(params![name], |_| Ok(())).optional()?.ok_or_else(|| fault::no_such_group().into())
}

impl Logs {
    pub(super) async fn create_log_group(&self, request: Create) -> Result<Value, ServiceError> {
        let name = request.log_group_name;
        if name.len() > 512 {
            return Err(fault::invalid(
                "Invalid LogGroup or LogStream, both must have length less than or equal to 512.",
            ));
        }
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | '#');
        if name.is_empty() || !name.chars().all(fits) {
            return Err(fault::invalid(format!(
                "1 validation error detected: Value '{name}' at 'logGroupName' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+"
            )));
        }
        let class = request.log_group_class.unwrap_or_else(|| "STANDARD".to_owned());
        self.store
            .with(move |database| {
                let made = database.execute(
                    "INSERT OR IGNORE INTO log_group VALUES (?1, ?2, NULL, ?3, ?4)",
                    params![name, now(), request.kms_key_id, class],
                )?;
                if made == 0 { Err(fault::group_exists().into()) } else { Ok(json!({})) }
            })
            .await
    }

    pub(super) async fn delete_log_group(&self, request: Name) -> Result<Value, ServiceError> {
        self.change("DELETE FROM log_group WHERE name = ?1 AND ?2 IS NULL", request.log_group_name, None).await
    }

    pub(super) async fn put_retention_policy(&self, request: Retention) -> Result<Value, ServiceError> {
        let days = request.retention_in_days;
        if !RETENTION.contains(&days) {
            let allowed: Vec<String> = RETENTION.iter().map(u32::to_string).collect();
            return Err(fault::invalid(format!(
                "1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: Member must \
                 satisfy enum value set: [{}]",
                allowed.join(", ")
            )));
        }
        let set = "UPDATE log_group SET retention = ?2 WHERE name = ?1";
        let done = self.change(set, request.log_group_name, Some(days)).await?;
        self.store.with(|database| Ok(expire(database)?)).await?;
        Ok(done)
    }

    pub(super) async fn delete_retention_policy(&self, request: Name) -> Result<Value, ServiceError> {
        self.change("UPDATE log_group SET retention = ?2 WHERE name = ?1", request.log_group_name, None).await
    }

    /// Changes a group, which must be there.
    async fn change(&self, statement: &'static str, name: String, value: Option<u32>) -> Result<Value, ServiceError> {
        self.store
            .with(move |database| {
                let changed = database.execute(statement, params![name, value])?;
                if changed == 0 { Err(fault::no_such_group().into()) } else { Ok(json!({})) }
            })
            .await
    }

    pub(super) async fn describe_log_groups(&self, request: Describe) -> Result<Value, ServiceError> {
        if request.log_group_name_prefix.is_some() && request.log_group_name_pattern.is_some() {
            return Err(fault::invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let limit = fault::limit(request.limit, 50)?;
        let (prefix, pattern) = (request.log_group_name_prefix, request.log_group_name_pattern);
        let place = self.place.clone();
        let groups: Vec<Value> = self
            .store
            .with(move |database| {
                let mut list = database.prepare(
                    "SELECT name, created, retention, kms_key, class,
                        (SELECT coalesce(sum(bytes), 0) FROM log_stream s WHERE s.log_group = g.name)
                     FROM log_group g ORDER BY name",
                )?;
                let mut rows = list.query([])?;
                let mut groups = Vec::new();
                while let Some(row) = rows.next()? {
                    let name: String = row.get(0)?;
                    let wanted = prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix))
                        && pattern.as_ref().is_none_or(|pattern| name.to_lowercase().contains(&pattern.to_lowercase()));
                    if !wanted {
                        continue;
                    }
                    let arn = place.arn("logs", &format!("log-group:{name}"));
                    let mut group = json!({
                        "logGroupName": name,
                        "creationTime": row.get::<_, i64>(1)?,
                        "metricFilterCount": 0,
                        "arn": format!("{arn}:*"),
                        "storedBytes": row.get::<_, i64>(5)?,
                        "logGroupClass": row.get::<_, String>(4)?,
                        "logGroupArn": arn,
                        "deletionProtectionEnabled": false,
                    });
                    if let Some(days) = row.get::<_, Option<u32>>(2)? {
                        group["retentionInDays"] = days.into();
                    }
                    if let Some(key) = row.get::<_, Option<String>>(3)? {
                        group["kmsKeyId"] = key.into();
                    }
                    groups.push(group);
                }
                Ok(groups)
            })
            .await?;
        let (groups, next) = page(groups, request.next_token.as_deref(), limit, fault::bad_token)?;
        let mut output = json!({"logGroups": groups});
        if let Some(next) = next {
            output["nextToken"] = next.into();
        }
        Ok(output)
    }
}
