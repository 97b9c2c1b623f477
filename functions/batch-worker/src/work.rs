use batch::{BatchId, Failure, Number, read_numbers};

/// A container's share of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Work {
    /// `EXECUTION_NAME`: the execution.
    pub execution: String,
    /// `STATE_NAME`: the state that runs the container.
    pub state: String,
    /// `BATCH_ID`: the batch.
    pub batch_id: BatchId,
    /// `PART`: which part of it.
    pub part: String,
    /// `NUMBERS`: the numbers of the part, separated by commas.
    pub numbers: Vec<Number>,
    /// `DRILL`: how to fail, empty for not at all.
    pub drill: Option<Failure>,
    /// `RESULTS_BUCKET`: the bucket that the result goes to.
    pub bucket: String,
}

/// What is wrong with the environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorkError {
    /// A variable is not set, or empty.
    #[error("the environment variable {0} is not set; the workflow or the task definition sets it")]
    Missing(&'static str),
    /// A variable can't be read.
    #[error("the environment variable {name} can't be read: {reason}")]
    Unreadable {
        /// The variable.
        name: &'static str,
        /// What is wrong with its value.
        reason: String,
    },
}

impl Work {
    /// Reads the work from environment variables: `variable` gives the value of a name. The fields' docstrings say which
    /// there are.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, WorkError> {
        let needed = |name| variable(name).filter(|value| !value.is_empty()).ok_or(WorkError::Missing(name));
        Ok(Self {
            execution: needed("EXECUTION_NAME")?,
            state: needed("STATE_NAME")?,
            batch_id: needed("BATCH_ID")?.parse().map_err(unreadable("BATCH_ID"))?,
            part: needed("PART").and_then(part)?,
            numbers: read_numbers(&needed("NUMBERS")?).map_err(unreadable("NUMBERS"))?,
            drill: drill(variable("DRILL").as_deref().unwrap_or_default())?,
            bucket: needed("RESULTS_BUCKET")?,
        })
    }

    /// Where the result goes: `results/<execution>/<part>.json`, as the states `Read Result …` have it.
    pub fn key(&self) -> String {
        format!("results/{}/{}.json", self.execution, self.part)
    }
}

fn unreadable<E: ToString>(name: &'static str) -> impl Fn(E) -> WorkError {
    move |error| WorkError::Unreadable { name, reason: error.to_string() }
}

/// A part's name becomes part of a key.
fn part(text: String) -> Result<String, WorkError> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text)
    } else {
        Err(WorkError::Unreadable { name: "PART", reason: "a number is needed".to_owned() })
    }
}

fn drill(text: &str) -> Result<Option<Failure>, WorkError> {
    match text {
        "" => Ok(None),
        "exit" => Ok(Some(Failure::Exit)),
        "abort" => Ok(Some(Failure::Abort)),
        _ => Err(WorkError::Unreadable { name: "DRILL", reason: "it is neither exit nor abort".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(change: (&str, Option<&str>)) -> Result<Work, WorkError> {
        Work::read(|name| {
            if name == change.0 {
                return change.1.map(str::to_owned);
            }
            let value = match name {
                "EXECUTION_NAME" => "demo",
                "STATE_NAME" => "Run Container 1",
                "BATCH_ID" => "batch-1",
                "PART" => "1",
                "NUMBERS" => "1.5,-2",
                "RESULTS_BUCKET" => "results",
                _ => return None,
            };
            Some(value.to_owned())
        })
    }

    #[test]
    fn the_work_is_what_the_environment_says() {
        let work = read(("DRILL", Some(""))).unwrap();
        assert_eq!(work.key(), "results/demo/1.json");
        assert_eq!((work.numbers.len(), work.drill), (2, None));
        assert_eq!(read(("DRILL", Some("abort"))).unwrap().drill, Some(Failure::Abort));
    }

    #[test]
    fn what_is_missing_or_unreadable_is_named() {
        for name in ["EXECUTION_NAME", "STATE_NAME", "BATCH_ID", "PART", "NUMBERS", "RESULTS_BUCKET"] {
            assert!(matches!(read((name, None)), Err(WorkError::Missing(missing)) if missing == name));
            assert!(matches!(read((name, Some(""))), Err(WorkError::Missing(missing)) if missing == name));
        }
        for (name, value) in [("BATCH_ID", "a/b"), ("PART", "../1"), ("NUMBERS", "1,x"), ("DRILL", "fire")] {
            let error = read((name, Some(value))).unwrap_err();
            assert!(matches!(&error, WorkError::Unreadable { name: named, .. } if *named == name), "{error}");
        }
        let error = read(("NUMBERS", Some("1,x"))).unwrap_err().to_string();
        assert_eq!(
            error,
            "the environment variable NUMBERS can't be read: number 2 of the list: not a plain decimal number such as \
             \"-1.25\""
        );
    }
}
