//! `TagResource`, `UntagResource`, `ListTagsForResource`, and the tags that something is created with.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::StepFunctions;
use crate::arn;
use crate::constraint::{ARN, Constraints};
use crate::error::{ApiError, request};
use crate::registry::{Activity, Machine};
use crate::reply::{EMPTY, reply};

/// The most tags of a resource.
const MOST: usize = 50;

/// A tag.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Tag {
    key: Option<String>,
    value: Option<String>,
}

/// Adds the constraints on tags.
pub(crate) fn constraints(constraints: &mut Constraints, tags: &[Tag]) {
    for (index, tag) in (1..).zip(tags) {
        constraints.length(&format!("tags.{index}.member.key"), tag.key.as_deref(), (1, 128));
        constraints.length(&format!("tags.{index}.member.value"), tag.value.as_deref(), (0, 256));
    }
}

/// The tags by their keys; a key that is given twice has the last of its values.
pub(crate) fn by_key(tags: Option<Vec<Tag>>) -> Result<BTreeMap<String, String>, ApiError> {
    let mut by_key = BTreeMap::new();
    add(&mut by_key, tags.unwrap_or_default(), "")?;
    Ok(by_key)
}

fn add(to: &mut BTreeMap<String, String>, tags: Vec<Tag>, arn: &str) -> Result<(), ApiError> {
    to.extend(tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))));
    if to.len() > MOST {
        let message = format!("Too Many Tags: a resource has {MOST} tags at the most. {arn}");
        return Err(ApiError::bad_request("TooManyTags", message.trim_end()));
    }
    Ok(())
}

impl StepFunctions {
    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TagResource.html>
    pub(crate) fn tag_resource(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            resource_arn: Option<String>,
            tags: Option<Vec<Tag>>,
        }
        let Request { resource_arn, tags } = request(body)?;
        let mut constraints = Constraints::default();
        constraints.required("resourceArn", resource_arn.as_deref(), (1, ARN)).present("tags", tags.is_some());
        self::constraints(&mut constraints, tags.as_deref().unwrap_or_default());
        constraints.check()?;
        let arn = resource_arn.unwrap_or_default();
        self.change_tags(&arn, |known| add(known, tags.unwrap_or_default(), &arn))
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_UntagResource.html>
    pub(crate) fn untag_resource(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            resource_arn: Option<String>,
            tag_keys: Option<Vec<String>>,
        }
        let Request { resource_arn, tag_keys } = request(body)?;
        let mut constraints = Constraints::default();
        constraints.required("resourceArn", resource_arn.as_deref(), (1, ARN)).present("tagKeys", tag_keys.is_some());
        constraints.check()?;
        let keys = tag_keys.unwrap_or_default();
        self.change_tags(&resource_arn.unwrap_or_default(), |known| {
            known.retain(|key, _| !keys.contains(key));
            Ok(())
        })
    }

    fn change_tags(
        &self,
        arn: &str,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), ApiError>,
    ) -> Result<Bytes, ApiError> {
        arn::taggable(arn)?;
        let missing = || ApiError::no_resource(arn);
        if self.registry.activity(arn).is_some() {
            self.registry.change_activity(arn, |known, _| {
                let mut activity = Activity::clone(known.ok_or_else(missing)?);
                change(&mut activity.tags)?;
                Ok::<_, ApiError>((Some(activity), ()))
            })?;
        } else {
            self.registry.change(arn, |known, _| {
                let mut machine = Machine::clone(known.ok_or_else(missing)?);
                change(&mut machine.about.tags)?;
                Ok::<_, ApiError>((Some(machine), ()))
            })?;
        }
        Ok(EMPTY)
    }

    /// <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html>
    pub(crate) fn list_tags_for_resource(&self, body: &[u8]) -> Result<Bytes, ApiError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Request {
            resource_arn: Option<String>,
        }
        #[derive(Serialize)]
        struct Answer<'a> {
            tags: Vec<Shown<'a>>,
        }
        #[derive(Serialize)]
        struct Shown<'a> {
            key: &'a str,
            value: &'a str,
        }
        let Request { resource_arn } = request(body)?;
        Constraints::default().required("resourceArn", resource_arn.as_deref(), (1, ARN)).check()?;
        let arn = resource_arn.unwrap_or_default();
        arn::taggable(&arn)?;
        let of_machine = self.registry.find(&arn).map(|machine| machine.about.tags.clone());
        let tags = of_machine.or_else(|| self.registry.activity(&arn).map(|activity| activity.tags.clone()));
        let tags = tags.ok_or_else(|| ApiError::no_resource(&arn))?;
        Ok(reply(&Answer { tags: tags.iter().map(|(key, value)| Shown { key, value }).collect() }))
    }
}
