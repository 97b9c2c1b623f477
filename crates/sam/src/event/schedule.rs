//! `ScheduleV2` events and `AWS::Scheduler::Schedule`.

use super::Reading;
use super::rule::enabled;
use crate::assembly::Assembly;
use crate::fields::Fields;
use crate::resource::Reader;
use crate::stack::Schedule;

pub(super) fn read(reading: &Reading<'_>, assembly: &mut Assembly<'_>) -> Option<String> {
    let fields = &reading.fields;
    let expression = fields.needed_text("ScheduleExpression")?;
    // SAM names a schedule by its logical id, unless `OmitName` is true.
    let name = fields.text("Name").unwrap_or_else(|| reading.logical_id());
    let schedule = Schedule {
        logical_id: reading.logical_id(),
        span: assembly.span(reading.place),
        name,
        expression: expression.clone(),
        timezone: timezone(fields),
        enabled: enabled(fields),
        target_arn: reading.caller.arn().to_owned(),
        input: fields.text("Input"),
    };
    assembly.stack.schedules.push(schedule);
    Some(expression)
}

pub(crate) fn read_resource(reader: &Reader<'_>, assembly: &mut Assembly<'_>) {
    let fields = reader.fields();
    let target = fields.map("Target");
    let (Some(expression), Some(target)) = (fields.text("ScheduleExpression"), target) else { return };
    let Some(target_arn) = target.needed_text("Arn") else { return };
    let schedule = Schedule {
        logical_id: reader.resource.logical_id.clone(),
        span: assembly.span(reader.resource.place),
        name: reader.identity.name.clone(),
        expression,
        timezone: timezone(&fields),
        enabled: enabled(&fields),
        target_arn,
        input: target.text("Input"),
    };
    assembly.stack.schedules.push(schedule);
}

fn timezone(fields: &Fields<'_>) -> String {
    fields.text("ScheduleExpressionTimezone").unwrap_or_else(|| "UTC".to_owned())
}
