use serde::{Deserialize, Serialize};

/// How far an order is: what the functions answer as `status`, and what the state machine chooses by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is valid and written down.
    PedidoRecebido,
    /// Its units are reserved.
    ItemDisponivel,
    /// There are not enough units; nothing is reserved.
    ItemIndisponivel,
    /// It is charged.
    PagamentoConfirmado,
    /// It is not charged, and never will be.
    PagamentoFalhou,
    /// It is on its way; it can't be cancelled any more.
    PedidoEnviado,
    /// What was reserved and charged has gone back.
    PedidoCancelado,
}
