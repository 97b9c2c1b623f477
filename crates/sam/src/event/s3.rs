//! `S3` events: functions that are told of changes in a bucket.

use super::Reading;
use crate::assembly::{Assembly, PendingNotification};
use crate::resource::filters;
use crate::stack::BucketNotification;
use crate::syntax::Data;

pub(super) fn read(reading: &Reading<'_>, assembly: &mut Assembly<'_>) -> Option<String> {
    let fields = &reading.fields;
    let bucket = fields.needed_text("Bucket")?;
    if !fields.has("Events") {
        fields.missing("Events");
    }
    let events = match fields.get("Events").map(|node| &node.data) {
        Some(Data::List(_)) => fields.texts("Events"),
        _ => fields.text("Events").into_iter().collect(),
    };
    assembly.notifications.push(PendingNotification {
        bucket: bucket.clone(),
        place: reading.place,
        notification: BucketNotification {
            events,
            filters: filters(fields),
            target_arn: reading.caller.arn().to_owned(),
        },
    });
    Some(bucket)
}
