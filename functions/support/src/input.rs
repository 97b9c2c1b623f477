use domain::{Fault, fault};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The payload is not what the function takes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The input is not valid at {at}: {reason}.")]
pub struct InvalidInput {
    /// Where in the payload, such as `input.quantity`; `the top` for the payload itself.
    pub at: String,
    /// What is wrong there.
    pub reason: String,
}

impl Fault for InvalidInput {
    fn name(&self) -> &'static str {
        fault::INVALID_INPUT
    }
}

/// Reads a payload as an `I`; the error names the member that is missing or malformed.
///
/// The payload and its member `input`, the input of a state, must be objects: serde would take an array for a struct as
/// well, and the states that follow could not put their results into it.
pub fn read<I: DeserializeOwned>(payload: Value) -> Result<I, InvalidInput> {
    if payload.get("input").is_some_and(|input| !input.is_object()) {
        return Err(no_object("input"));
    }
    read_any(payload)
}

/// Reads a payload as an `I` that takes other inputs than objects: the results of a Parallel state are an array, and a
/// function that judges inputs must see them all.
pub fn read_any<I: DeserializeOwned>(payload: Value) -> Result<I, InvalidInput> {
    if !payload.is_object() {
        return Err(no_object("the top"));
    }
    serde_path_to_error::deserialize(payload).map_err(|error| {
        let path = error.path().to_string();
        InvalidInput {
            at: if path == "." { "the top".to_owned() } else { path },
            reason: error.into_inner().to_string(),
        }
    })
}

fn no_object(at: &str) -> InvalidInput {
    InvalidInput { at: at.to_owned(), reason: "an object is needed".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Quantity, Symbol};
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Outer {
        input: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Inner {
        symbol: Symbol,
        quantity: Quantity,
    }

    #[test]
    fn the_error_names_the_place_and_the_cure() {
        for (payload, message) in [
            (json!({"input": {"symbol": "NVDA"}}), "The input is not valid at input: missing field `quantity`."),
            (
                json!({"input": {"symbol": "NVDA", "quantity": -1}}),
                "The input is not valid at input.quantity: invalid type: integer `-1`, expected a whole number of \
                 shares from 1 to 1000000.",
            ),
            (json!({}), "The input is not valid at the top: missing field `input`."),
        ] {
            assert_eq!(read::<Outer>(payload).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn an_input_that_is_no_object_is_refused_like_any_other() {
        for payload in [json!(null), json!([]), json!("x"), json!(3), json!([{"symbol": "NVDA", "quantity": 1}])] {
            let error = read::<Outer>(payload).unwrap_err();
            assert_eq!(error.to_string(), "The input is not valid at the top: an object is needed.");
            assert_eq!(error.name(), "InvalidInput");
        }
        for input in [json!(null), json!([]), json!("x"), json!(["NVDA", 1])] {
            let error = read::<Outer>(json!({"input": input})).unwrap_err();
            assert_eq!(error.to_string(), "The input is not valid at input: an object is needed.");
        }
    }

    #[test]
    fn a_function_that_asks_for_any_input_gets_it() {
        #[derive(Debug, Deserialize)]
        struct Any {
            input: Vec<u8>,
        }
        assert_eq!(read_any::<Any>(json!({"input": [1, 2]})).unwrap().input, [1, 2]);
        let error = read_any::<Any>(json!({"input": [1, "x"]})).unwrap_err();
        assert_eq!(error.at, "input[1]");
        let error = read_any::<Any>(json!([[1, 2]])).unwrap_err();
        assert_eq!(error.to_string(), "The input is not valid at the top: an object is needed.");
    }
}
