//! `CreateActivity`, `DeleteActivity`, `DescribeActivity`, `ListActivities`.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints, NAME, check_name};
use crate::encryption_configuration::EncryptionConfiguration;
use crate::error::{ApiError, request};
use crate::page::{Page, TOKEN};
use crate::registry::{Activity, aws_owned_key};
use crate::reply::{Date, EMPTY, reply};
use crate::tags::{self, Tag};

const LIST: &str = "activities";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    activity_arn: Option<String>,
}

impl One {
    fn read(body: &[u8]) -> Result<String, ApiError> {
        let Self { activity_arn } = request(body)?;
        Constraints::default().required("activityArn", activity_arn.as_deref(), (1, ARN)).check()?;
        let text = activity_arn.unwrap_or_default();
        arn::activity(&text)?;
        Ok(text)
    }
}

/// Recorded in `sfn_api_activities--describe_deleted_activity`.
pub(crate) fn no_activity(arn: &str) -> ApiError {
    ApiError::bad_request("ActivityDoesNotExist", format!("Activity Does Not Exist: '{arn}'"))
}

impl StepFunctions {
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateActivity.html>. The same name again is the
    /// same activity (recorded in `sfn_api_activities--create_describe_delete_activity`).
    pub(crate) fn create_activity(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            name: Option<String>,
            tags: Option<Vec<Tag>>,
            encryption_configuration: Option<EncryptionConfiguration>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer {
            activity_arn: Arc<str>,
            creation_date: Date,
        }
        let Request { name, tags, encryption_configuration } = request(body)?;
        let mut constraints = Constraints::default();
        constraints.required("name", name.as_deref(), (1, NAME));
        tags::constraints(&mut constraints, tags.as_deref().unwrap_or_default());
        if let Some(encryption) = &encryption_configuration {
            encryption.constraints(&mut constraints);
        }
        constraints.check()?;
        let name: Arc<str> = name.unwrap_or_default().into();
        check_name(&name)?;
        let encryption = match encryption_configuration {
            Some(encryption) => encryption.read()?,
            None => aws_owned_key(),
        };
        let tags = tags::by_key(tags)?;
        let arn = self.registry.arn("activity", &name);
        let now = self.runtime.now();
        let created_at = self.registry.change_activity(&arn, |known, position| {
            if let Some(known) = known {
                if known.encryption != encryption {
                    let message = format!("Activity Already Exists: '{arn}'");
                    return Err(ApiError::bad_request("ActivityAlreadyExists", message));
                }
                return Ok((Some(known.clone()), known.created_at));
            }
            let activity = Activity { arn: arn.clone(), name, created_at: now, position, encryption, tags };
            Ok((Some(activity), now))
        })?;
        self.runtime.activities().open(&arn);
        Ok(reply(&Answer { activity_arn: arn, creation_date: Date(created_at) }))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteActivity.html>. One that is not there is
    /// deleted well. Tasks that wait for a worker time out.
    pub(crate) fn delete_activity(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        let arn = One::read(body)?;
        self.registry.change_activity(&arn, |_, _| Ok::<_, ApiError>((None, ())))?;
        self.runtime.activities().close(&arn);
        Ok(EMPTY)
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeActivity.html>
    pub(crate) fn describe_activity(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            activity_arn: &'a str,
            name: &'a str,
            creation_date: Date,
            encryption_configuration: &'a Value,
        }
        let arn = One::read(body)?;
        let activity = self.registry.activity(&arn).ok_or_else(|| no_activity(&arn))?;
        Ok(reply(&Answer {
            activity_arn: &activity.arn,
            name: &activity.name,
            creation_date: Date(activity.created_at),
            encryption_configuration: &activity.encryption,
        }))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListActivities.html>: in the order of their
    /// creation.
    pub(crate) fn list_activities(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            max_results: Option<i64>,
            next_token: Option<String>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Answer<'a> {
            activities: Vec<Item<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_token: Option<String>,
        }
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Item<'a> {
            activity_arn: &'a str,
            name: &'a str,
            creation_date: Date,
        }
        let Request { max_results, next_token } = request(body)?;
        let mut constraints = Constraints::default();
        Page::constraints(&mut constraints, max_results, next_token.as_deref(), TOKEN);
        constraints.check()?;
        let page = Page::read(LIST, max_results, next_token.as_deref())?;
        let position = |activity: &Arc<Activity>| activity.position;
        let (activities, next_token) = page.cut(LIST, self.registry.activities(), position);
        let items = activities.iter().map(|activity| Item {
            activity_arn: &activity.arn,
            name: &activity.name,
            creation_date: Date(activity.created_at),
        });
        Ok(reply(&Answer { activities: items.collect(), next_token }))
    }
}
