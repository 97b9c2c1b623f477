//! Lambda `inicio`: the start of the basic flow, which judges its input.
//!
//! State `Início`. Takes [`Input`], gives [`Output`]. An input that isn't accepted is no fault of the function: it answers
//! `falha`, with the reason, and the state `Processamento` decides on that. What it reads and answers is in Portuguese, as the
//! flow's states are.
#![warn(missing_docs)]

use std::convert::Infallible;

use domain::text;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest name that is taken, in characters.
const LONGEST: usize = 100;
/// The largest value that is taken.
const LARGEST: f64 = 1_000_000.0;

/// The payload.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// The input of the state: any JSON. Accepted is `{"nome": <text>, "valor": <number above nothing>}`.
    pub input: Value,
}

/// The answer; `status` stands at its top, where the state `Processamento` reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// Whether the input is accepted.
    pub status: Status,
    /// What was accepted, or why it wasn't, for a person.
    pub mensagem: String,
}

/// Whether an input is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It is.
    Sucesso,
    /// It is not.
    Falha,
}

/// Judges an input.
pub fn handle(input: &Input) -> Result<Output, Infallible> {
    let (status, mensagem) = match judge(&input.input) {
        Ok(accepted) => (Status::Sucesso, accepted),
        Err(reason) => {
            tracing::info!(reason, "not accepted");
            (Status::Falha, reason.to_owned())
        }
    };
    // Without the message: it holds a person's name.
    tracing::info!(?status, "judged");
    Ok(Output { status, mensagem })
}

/// What is accepted, or why it isn't.
fn judge(input: &Value) -> Result<String, &'static str> {
    let members = input.as_object().ok_or("a entrada deve ser um objeto com nome e valor")?;
    let name = members.get("nome").and_then(Value::as_str).ok_or("nome deve ser um texto")?;
    let line = text::one_line(name, LONGEST);
    if line.is_empty() || line != name {
        return Err("nome deve ter de 1 a 100 caracteres em uma linha");
    }
    let number = members.get("valor").filter(|value| value.is_number()).ok_or("valor deve ser um número")?;
    match number.as_f64() {
        Some(value) if value > 0.0 && value <= LARGEST => Ok(format!("{name}: {number} recebido.")),
        _ => Err("valor deve ser maior que 0 e no máximo 1000000"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answer(input: &Value) -> Value {
        let input: Input = support::read_any(json!({"input": input, "execution": {"name": "demo"}})).unwrap();
        serde_json::to_value(handle(&input).unwrap()).unwrap()
    }

    #[test]
    fn a_name_and_a_value_are_a_success() {
        let accepted = json!({"status": "sucesso", "mensagem": "Ana Souza: 150 recebido."});
        assert_eq!(answer(&json!({"nome": "Ana Souza", "valor": 150})), accepted);
        for (nome, valor) in [("João", json!(0.01)), ("山田", json!(1_000_000)), ("é".repeat(100).as_str(), json!(1))]
        {
            assert_eq!(answer(&json!({"nome": nome, "valor": valor}))["status"], "sucesso", "{nome} {valor}");
        }
    }

    #[test]
    fn anything_else_is_a_failure_with_its_reason() {
        let object = "a entrada deve ser um objeto com nome e valor";
        let text = "nome deve ser um texto";
        let line = "nome deve ter de 1 a 100 caracteres em uma linha";
        let number = "valor deve ser um número";
        let bounds = "valor deve ser maior que 0 e no máximo 1000000";
        for (input, reason) in [
            (json!(null), object),
            (json!([]), object),
            (json!("sucesso"), object),
            (json!({}), text),
            (json!({"status": "sucesso"}), text),
            (json!({"nome": 7, "valor": 1}), text),
            (json!({"nome": "", "valor": 1}), line),
            (json!({"nome": " Ana", "valor": 1}), line),
            (json!({"nome": "A\u{202e}na", "valor": 1}), line),
            (json!({"nome": "é".repeat(101), "valor": 1}), line),
            (json!({"nome": "Ana"}), number),
            (json!({"nome": "Ana", "valor": "150"}), number),
            (json!({"nome": "Ana", "valor": 0}), bounds),
            (json!({"nome": "Ana", "valor": -1}), bounds),
            (json!({"nome": "Ana", "valor": 1_000_001}), bounds),
            (json!({"nome": "Ana", "valor": 1e300}), bounds),
        ] {
            assert_eq!(answer(&input), json!({"status": "falha", "mensagem": reason}), "{input}");
        }
    }

    #[test]
    fn the_sample_event_is_accepted() {
        let sample: Value = serde_json::from_str(include_str!("../../../events/functions/inicio.json")).unwrap();
        assert_eq!(handle(&support::read_any(sample).unwrap()).unwrap().status, Status::Sucesso);
    }
}
