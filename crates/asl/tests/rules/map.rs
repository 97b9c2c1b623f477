//! Map states.

use crate::common::{apart_from_variables, check, state};

const PROCESSOR: &str = r#""StartAt": "P", "States": {"P": {"Type": "Succeed"}}"#;

/// The problems of an inline Map with these fields.
fn inline(fields: &str) -> Vec<String> {
    state(&format!("\"Type\": \"Map\", \"End\": true, \"ItemProcessor\": {{{PROCESSOR}}},\n{fields}"))
}

/// The problems of a distributed Map with these fields.
fn distributed(fields: &str) -> Vec<String> {
    state(&format!(
        "\"Type\": \"Map\", \"End\": true, \"ItemProcessor\": {{\"ProcessorConfig\": {{\"Mode\": \"DISTRIBUTED\", \
         \"ExecutionType\": \"STANDARD\"}}, {PROCESSOR}}},\n{fields}"
    ))
}

#[test]
fn a_map_has_one_processor() {
    assert_eq!(
        state(r#""Type": "Map", "End": true"#),
        [
            "SCHEMA_VALIDATION_FAILED 1:34 /States/A This object should have only one of the following fields: [ItemProcessor, \
          Iterator]"
        ]
    );
    let problems = inline(&format!("\"Iterator\": {{{PROCESSOR}}}"));
    assert_eq!(
        problems,
        [
            "SCHEMA_VALIDATION_FAILED 2:1 /States/A There should only be one of the following fields: [ItemProcessor, Iterator]"
        ]
    );
    assert_eq!(
        state(r#""Type": "Map", "End": true, "ItemProcessor": {"States": {"P": {"Type": "Succeed"}}}"#),
        ["SCHEMA_VALIDATION_FAILED 1:80 /States/A/ItemProcessor These fields are required: [StartAt]"]
    );
}

#[test]
fn sound_inline_maps() {
    for sound in [
        r#""ItemsPath": "$.items", "ItemSelector": {"x.$": "$$.Map.Item.Value"}, "MaxConcurrency": 0"#,
        r#""ItemsPath": "$$.Execution.Input.items", "Parameters": {"x.$": "$"}, "MaxConcurrencyPath": "$.n""#,
        r#""MaxConcurrency": 9223372036854775807, "ResultSelector": {"a.$": "$"}, "ResultPath": "$.r""#,
        r#""ToleratedFailurePercentage": 10.5, "ToleratedFailureCount": 1"#,
        r#""Retry": [{"ErrorEquals": ["States.ALL"]}], "Label": "x""#,
    ] {
        let problems = inline(sound);
        let expected = usize::from(sound.contains("Label"));
        assert_eq!(problems.len(), expected, "{problems:?}");
    }
}

#[test]
fn numbers_have_limits() {
    for (field, sentence) in [
        (r#""MaxConcurrency": -1"#, "Minimum value is 0"),
        (r#""MaxConcurrency": "2""#, "Expected value of type Integer"),
        (r#""ToleratedFailureCount": -1"#, "Minimum value is 0"),
        (r#""ToleratedFailurePercentage": -1"#, "Minimum value is 0.0"),
        (r#""ToleratedFailurePercentage": 100.5"#, "Maximum value is 100.0"),
    ] {
        let name = field.split('"').nth(1).expect("a name");
        assert_eq!(
            inline(field),
            [format!("SCHEMA_VALIDATION_FAILED 2:{} /States/A/{name} {sentence}", name.len() + 5)]
        );
    }
    assert_eq!(
        inline(r#""MaxConcurrency": 1, "MaxConcurrencyPath": "$.n""#),
        ["SCHEMA_VALIDATION_FAILED 2:22 /States/A There should only be one of the following fields: [MaxConcurrency, \
          MaxConcurrencyPath]"]
    );
    let problems = inline(r#""MaxConcurrencyPath": "$.n[*]""#);
    assert!(
        problems[0]
            .starts_with("SCHEMA_VALIDATION_FAILED 2:28 /States/A/MaxConcurrencyPath Value is not a Reference Path"),
        "{problems:?}"
    );
    assert_eq!(
        inline(r#""ItemSelector": {}, "Parameters": {}"#),
        [
            "SCHEMA_VALIDATION_FAILED 2:21 /States/A There should only be one of the following fields: [ItemSelector, Parameters]"
        ]
    );
}

#[test]
fn the_mode_decides_what_is_configured() {
    let with = |config: &str| {
        state(&format!(
            "\"Type\": \"Map\", \"End\": true, \"ItemProcessor\": {{ {PROCESSOR}, \"ProcessorConfig\":\n{config}}}"
        ))
    };
    let place = "/States/A/ItemProcessor/ProcessorConfig";
    assert_eq!(with(r#"{"Mode": "INLINE"}"#), Vec::<String>::new());
    assert_eq!(
        with(r#"{"Mode": "DISTRIBUTED"}"#),
        [format!("SCHEMA_VALIDATION_FAILED 2:1 {place} These fields are required: [ExecutionType]")]
    );
    assert_eq!(
        with(r#"{"Mode": "DISTRIBUTED", "ExecutionType": "FAST"}"#),
        [format!(
            "SCHEMA_VALIDATION_FAILED 2:42 {place}/ExecutionType Value should be one of the following: [STANDARD, EXPRESS]"
        )]
    );
    assert_eq!(
        with(r#"{"Mode": "INLINE", "ExecutionType": "STANDARD"}"#),
        [format!(
            "SCHEMA_VALIDATION_FAILED 2:20 {place} Field 'ExecutionType' is not supported (the configuration may have: Mode)"
        )]
    );
    assert_eq!(
        with(r#"{"Mode": "DISTRIBUTE", "ExecutionType": "STANDARD"}"#),
        [format!(
            "SCHEMA_VALIDATION_FAILED 2:10 {place}/Mode Value should be one of the following: [INLINE, DISTRIBUTED] (did you \
             mean 'DISTRIBUTED'?)"
        )]
    );
}

#[test]
fn what_only_a_distributed_map_has() {
    assert_eq!(
        inline(r#""Label": "x""#),
        ["SCHEMA_VALIDATION_FAILED 2:1 /States/A Field 'Label' is not supported (only a distributed Map has it: set \
          'ProcessorConfig.Mode' to 'DISTRIBUTED')"]
    );
    assert_eq!(
        distributed(
            r#""Label": "Orders", "ToleratedFailureCountPath": "$.n", "ItemBatcher": {"MaxItemsPerBatch": 10, "BatchInput": {}},
               "ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key.$": "$.k"},
                 "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "MaxItems": 5}},
               "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}"#
        ),
        Vec::<String>::new()
    );
    let long = "x".repeat(41);
    assert_eq!(
        distributed(&format!(r#""Label": "{long}""#)),
        [format!(
            "INVALID_LABEL_NAME 2:10 /States/A/Label Invalid Label name: Label '{long}' exceeds the 40-character limit allowed \
             by the service"
        )]
    );
}

#[test]
fn labels_are_unique() {
    let config = r#""ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}"#;
    let map = |name: &str, end: &str| {
        format!(
            r#""{name}": {{"Type": "Map", "Label": "L", {end}, "ItemProcessor": {{{config}, "StartAt": "P{name}",
               "States": {{"P{name}": {{"Type": "Succeed"}}}}}}}}"#
        )
    };
    let problems = check(&format!(
        "{{\"StartAt\": \"A\", \"States\": {{{},\n{}}}}}",
        map("A", r#""Next": "B""#),
        map("B", r#""End": true"#)
    ));
    assert_eq!(problems, ["DUPLICATE_LABEL_NAME 3:31 /States/B/Label Duplicate Label name: L"]);
}

#[test]
fn items_are_read_from_what_aws_reads() {
    let reader = |reader: &str| distributed(&format!("\"ItemReader\":\n{{{reader}}}"));
    let place = "/States/A/ItemReader";
    assert_eq!(
        reader(r#""Resource": "arn:aws:states:::s3:putObject""#),
        [format!(
            "SCHEMA_VALIDATION_FAILED 3:14 {place}/Resource The field 'Resource' does not match any of the allowed values (use \
             arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2)"
        )]
    );
    let config = |config: &str| {
        distributed(&format!(
            "\"ItemReader\": {{\"Resource\": \"arn:aws:states:::s3:getObject\", \"ReaderConfig\":\n{{{config}}}}}"
        ))
    };
    let place = "/States/A/ItemReader/ReaderConfig";
    assert_eq!(
        config(r#""InputType": "CSV""#),
        [format!("SCHEMA_VALIDATION_FAILED 3:1 {place} The field 'CSVHeaderLocation' is required")]
    );
    assert_eq!(
        config(r#""InputType": "CSV", "CSVHeaderLocation": "GIVEN""#),
        [format!("SCHEMA_VALIDATION_FAILED 3:1 {place} These fields are required: [CSVHeaders]")]
    );
    assert_eq!(
        config(r#""InputType": "JSON", "CSVHeaderLocation": "FIRST_ROW""#),
        [format!("SCHEMA_VALIDATION_FAILED 3:23 {place} Field 'CSVHeaderLocation' is not supported")]
    );
    assert_eq!(
        config(r#""MaxItems": 1, "MaxItemsPath": "$.n""#),
        [format!(
            "SCHEMA_VALIDATION_FAILED 3:17 {place} There should only be one of the following fields: [MaxItems, MaxItemsPath]"
        )]
    );
    assert_eq!(
        config(r#""MaxItems": 100000001"#),
        [format!("SCHEMA_VALIDATION_FAILED 3:14 {place}/MaxItems Maximum value is 100000000")]
    );
    assert_eq!(
        config(r#""InputType": "XML""#),
        [format!(
            "SCHEMA_VALIDATION_FAILED 3:15 {place}/InputType Value should be one of the following: [CSV, JSON, JSONL, PARQUET, \
             MANIFEST, INVENTORY]"
        )]
    );
}

#[test]
fn results_are_written_somewhere_or_somehow() {
    let writer = |writer: &str| distributed(&format!("\"ResultWriter\":\n{{{writer}}}"));
    let place = "/States/A/ResultWriter";
    assert_eq!(
        writer(""),
        [format!("SCHEMA_VALIDATION_FAILED 3:1 {place} These fields are required: [Resource, Parameters]")]
    );
    assert_eq!(
        writer(r#""Resource": "arn:aws:states:::s3:putObject""#),
        [format!("SCHEMA_VALIDATION_FAILED 3:1 {place} These fields are required: [Parameters]")]
    );
    assert_eq!(writer(r#""WriterConfig": {"Transformation": "NONE", "OutputType": "JSONL"}"#), Vec::<String>::new());
    assert_eq!(
        writer(r#""WriterConfig": {"Transformation": "COMPACT"}"#),
        [format!("SCHEMA_VALIDATION_FAILED 3:18 {place}/WriterConfig These fields are required: [OutputType]")]
    );
    assert_eq!(
        distributed("\"ItemBatcher\":\n{}"),
        [
            "SCHEMA_VALIDATION_FAILED 3:1 /States/A/ItemBatcher This object should have only one of the following fields: \
          [MaxItemsPerBatch, MaxItemsPerBatchPath, MaxInputBytesPerBatch, MaxInputBytesPerBatchPath]"
        ]
    );
}

#[test]
fn a_map_in_jsonata() {
    let map = |fields: &str| {
        check(&format!(
            "{{\"QueryLanguage\": \"JSONata\", \"StartAt\": \"A\", \"States\": {{\"A\": {{\"Type\": \"Map\", \"End\": true, \
             \"ItemProcessor\": {{{PROCESSOR}}},\n{fields}}}}}}}"
        ))
    };
    assert_eq!(
        apart_from_variables(map(
            r#""Items": [1, "{% $x %}"], "MaxConcurrency": "{% 1 %}", "ItemSelector": {"a": "{% $states.context %}"}"#
        )),
        Vec::<String>::new()
    );
    let problems = map(r#""ItemsPath": "$.a""#);
    assert!(problems[0].ends_with("(use 'Items')"), "{problems:?}");
    let problems = map(r#""MaxConcurrencyPath": "$.a""#);
    assert!(problems[0].ends_with("(use 'MaxConcurrency' with a query {% … %})"), "{problems:?}");
}
