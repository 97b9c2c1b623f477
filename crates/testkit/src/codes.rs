//! The codes of what can be wrong with a case; each has its page in `docs/errors/`.

/// The file is not JSON, or a name stands twice in one object; the same of an input.
pub const JSON_SYNTAX: &str = "CASE_JSON_SYNTAX";
/// A field that cases don't have.
pub const UNKNOWN_FIELD: &str = "CASE_UNKNOWN_FIELD";
/// A field is missing, of the wrong type, or not one of the values there are.
pub const INVALID_VALUE: &str = "CASE_INVALID_VALUE";
/// A name that the stack or the definition doesn't have.
pub const UNKNOWN_NAME: &str = "CASE_UNKNOWN_NAME";
/// A file that should be there is not, or can't be read.
pub const FILE_MISSING: &str = "CASE_FILE_MISSING";
/// Two statements that can't both hold.
pub const CONFLICT: &str = "CASE_CONFLICT";

/// All of them.
pub const ALL: [&str; 6] = [JSON_SYNTAX, UNKNOWN_FIELD, INVALID_VALUE, UNKNOWN_NAME, FILE_MISSING, CONFLICT];
