//! The stable code of each problem that this crate reports. Each has a page of its own in `docs/errors/`.
//!
//! `TEMPLATE_` codes are about what CloudFormation reads in any template, `SAM_` codes about what the SAM transform adds.

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $text:literal;)+) => {
        $($(#[$doc])+ pub const $name: &str = $text;)+

        /// Every code of this crate.
        pub const ALL: &[&str] = &[$($name),+];
    };
}

codes! {
    /// The text is no YAML.
    YAML_SYNTAX = "TEMPLATE_YAML_SYNTAX";
    /// The text is no JSON.
    JSON_SYNTAX = "TEMPLATE_JSON_SYNTAX";
    /// A quota is exceeded: the template's size, its depth, its number of resources, or what its functions produce.
    LIMIT = "TEMPLATE_LIMIT";
    /// An alias that refers to itself, to nothing, or that would grow the template without bound.
    ALIAS = "TEMPLATE_ALIAS";
    /// A key stands twice in one mapping.
    DUPLICATE_KEY = "TEMPLATE_DUPLICATE_KEY";
    /// A tag such as `!Foo` that names no function.
    UNKNOWN_TAG = "TEMPLATE_UNKNOWN_TAG";
    /// An unquoted value that YAML 1.1 reads as something other than it looks like.
    AMBIGUOUS_SCALAR = "TEMPLATE_AMBIGUOUS_SCALAR";
    /// A section that templates don't have.
    UNKNOWN_SECTION = "TEMPLATE_UNKNOWN_SECTION";
    /// A section that is missing.
    MISSING_SECTION = "TEMPLATE_MISSING_SECTION";
    /// A section that a local run doesn't evaluate.
    SECTION_NOT_EVALUATED = "TEMPLATE_SECTION_NOT_EVALUATED";
    /// A transform or macro that can't be run here.
    UNSUPPORTED_TRANSFORM = "TEMPLATE_UNSUPPORTED_TRANSFORM";
    /// A value of the wrong kind.
    WRONG_TYPE = "TEMPLATE_WRONG_TYPE";
    /// A value of the right kind that isn't allowed there.
    INVALID_VALUE = "TEMPLATE_INVALID_VALUE";
    /// A property that the resource type doesn't have.
    UNKNOWN_PROPERTY = "TEMPLATE_UNKNOWN_PROPERTY";
    /// A property that the resource type requires.
    MISSING_PROPERTY = "TEMPLATE_MISSING_PROPERTY";
    /// A resource type that a local run doesn't know.
    UNKNOWN_RESOURCE_TYPE = "TEMPLATE_UNKNOWN_RESOURCE_TYPE";
    /// A name that nothing in the template has.
    UNKNOWN_REFERENCE = "TEMPLATE_UNKNOWN_REFERENCE";
    /// An attribute that the resource type doesn't return.
    UNKNOWN_ATTRIBUTE = "TEMPLATE_UNKNOWN_ATTRIBUTE";
    /// A reference to a resource that its condition leaves out.
    INACTIVE_REFERENCE = "TEMPLATE_INACTIVE_REFERENCE";
    /// An intrinsic function with arguments of the wrong form.
    INVALID_FUNCTION = "TEMPLATE_INVALID_FUNCTION";
    /// An intrinsic function that can't be evaluated without AWS.
    UNSUPPORTED_FUNCTION = "TEMPLATE_UNSUPPORTED_FUNCTION";
    /// An intrinsic function that has no result for these values.
    FUNCTION_FAILED = "TEMPLATE_FUNCTION_FAILED";
    /// A `{{resolve:…}}` reference, which only AWS can follow.
    DYNAMIC_REFERENCE = "TEMPLATE_DYNAMIC_REFERENCE";
    /// Resources or conditions that depend on each other in a circle.
    CIRCULAR_DEPENDENCY = "TEMPLATE_CIRCULAR_DEPENDENCY";
    /// Two resources of the same name.
    DUPLICATE_NAME = "TEMPLATE_DUPLICATE_NAME";
    /// A parameter without a value.
    PARAMETER_MISSING = "TEMPLATE_PARAMETER_MISSING";
    /// A parameter's value that its own constraints forbid.
    PARAMETER_VALUE = "TEMPLATE_PARAMETER_VALUE";
    /// A value for a parameter that the template doesn't have.
    PARAMETER_UNKNOWN = "TEMPLATE_PARAMETER_UNKNOWN";
    /// A parameter that nothing refers to.
    PARAMETER_UNUSED = "TEMPLATE_PARAMETER_UNUSED";
    /// A parameter that names something in an AWS account, given an invented value for the local run.
    PARAMETER_INVENTED = "TEMPLATE_PARAMETER_INVENTED";

    /// SAM resources in a template that doesn't ask for the SAM transform.
    TRANSFORM_MISSING = "SAM_TRANSFORM_MISSING";
    /// A section or property that `Globals` doesn't support.
    GLOBALS = "SAM_GLOBALS";
    /// A function whose binary can't be told.
    BINARY_MISSING = "SAM_BINARY_MISSING";
    /// A function whose runtime or package a local run can't start.
    RUNTIME_UNSUPPORTED = "SAM_RUNTIME_UNSUPPORTED";
    /// A state machine without a definition, or with two.
    DEFINITION = "SAM_DEFINITION";
    /// An event source that a local run doesn't deliver.
    EVENT_UNSUPPORTED = "SAM_EVENT_UNSUPPORTED";
    /// An event on a resource that the stack doesn't have.
    EVENT_SOURCE_UNKNOWN = "SAM_EVENT_SOURCE_UNKNOWN";
    /// Two events that answer the same route of one API.
    ROUTE_CONFLICT = "SAM_ROUTE_CONFLICT";
    /// An authorizer that a local run can't check.
    AUTHORIZER_UNSUPPORTED = "SAM_AUTHORIZER_UNSUPPORTED";
    /// An `OpenAPI` document whose routes a local run doesn't serve.
    OPENAPI_NOT_READ = "SAM_OPENAPI_NOT_READ";
}
