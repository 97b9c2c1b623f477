//! Tags of objects (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>).

use std::collections::HashSet;

use http::StatusCode;
use percent_encoding::percent_decode_str;
use s3s::dto::{
    DeleteObjectTaggingInput, DeleteObjectTaggingOutput, GetObjectTaggingInput, GetObjectTaggingOutput,
    PutObjectTaggingInput, PutObjectTaggingOutput, Tag,
};
use s3s::{S3Result, s3_error};

use super::store::database;
use super::{Objects, fault, object};

/// Tags of an object.
const MAX_TAGS: usize = 10;

/// The tags of an `x-amz-tagging` header: `name=value&…`, encoded as in a query.
pub(super) fn of_header(header: Option<&str>) -> S3Result<Vec<(String, String)>> {
    let pairs = header.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().map(String::from);
    let tags: Result<Vec<_>, _> = pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(name)?, decoded(value)?))
        })
        .collect();
    let tags = tags.map_err(|_: std::str::Utf8Error| {
        fault::invalid_argument("The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.")
    })?;
    check(tags)
}

fn check(tags: Vec<(String, String)>) -> S3Result<Vec<(String, String)>> {
    if tags.len() > MAX_TAGS {
        return Err(fault::custom(StatusCode::BAD_REQUEST, "BadRequest", "Object tags cannot be greater than 10"));
    }
    let mut names = HashSet::new();
    for (name, value) in &tags {
        if name.is_empty() || name.chars().count() > 128 || name.starts_with("aws:") {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid"));
        }
        if value.chars().count() > 256 {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid"));
        }
        if !names.insert(name) {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key"));
        }
    }
    Ok(tags)
}

pub(super) async fn get(objects: &Objects, input: GetObjectTaggingInput) -> S3Result<GetObjectTaggingOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    objects
        .store
        .read(move |view| {
            let bucket = object::bucket(view, &input.bucket)?;
            let found = object::readable(view, &bucket, &input.key, input.version_id.as_deref())?;
            let tags = found.tags()?.into_iter().map(|(key, value)| Tag { key: Some(key), value: Some(value) });
            Ok(GetObjectTaggingOutput { tag_set: tags.collect(), version_id: found.named(&bucket) })
        })
        .await
}

pub(super) async fn put(objects: &Objects, input: PutObjectTaggingInput) -> S3Result<PutObjectTaggingOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let given = input.tagging.tag_set.into_iter();
    let tags = check(given.map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default())).collect())?;
    let version_id = set(objects, input.bucket, input.key, input.version_id, tags).await?;
    Ok(PutObjectTaggingOutput { version_id })
}

pub(super) async fn delete(objects: &Objects, input: DeleteObjectTaggingInput) -> S3Result<DeleteObjectTaggingOutput> {
    objects.check_owner(input.expected_bucket_owner.as_deref())?;
    let version_id = set(objects, input.bucket, input.key, input.version_id, Vec::new()).await?;
    Ok(DeleteObjectTaggingOutput { version_id })
}

async fn set(
    objects: &Objects,
    bucket: String,
    key: String,
    version: Option<String>,
    tags: Vec<(String, String)>,
) -> S3Result<Option<String>> {
    let text = serde_json::to_string(&tags).map_err(fault::internal)?;
    objects
        .store
        .write(move |change| {
            let bucket = object::bucket(change, &bucket)?;
            let found = object::readable(change, &bucket, &key, version.as_deref())?;
            change.execute("UPDATE object SET tags = ?2 WHERE id = ?1", (found.id, text)).map_err(database)?;
            Ok(found.named(&bucket))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_a_header_are_decoded_and_checked() {
        let tags = of_header(Some("project=blue+sky&n%C3%A4me=1%2B1&empty")).expect("good tags");
        let expected = [("project", "blue sky"), ("näme", "1+1"), ("empty", "")];
        assert_eq!(tags, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(of_header(None).expect("none").is_empty());
        let refused = |header: &str| of_header(Some(header)).expect_err("refused").code().as_str().to_owned();
        assert_eq!(refused("a=1&a=2"), "InvalidTag");
        assert_eq!(refused("a=%FF"), "InvalidArgument");
        assert_eq!(refused("a&b&c&d&e&f&g&h&i&j&k"), "BadRequest");
    }
}
