//! `batuta time`

use crate::cli::{Clock, Movement};
use crate::fault::Fault;
use crate::output::say;

/// Shows the clock of a server, or moves it.
pub(crate) fn time(clock: &Clock) -> Result<u8, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::failed(format_args!("the runtime can't be started: {error}")))?;
    let asked = runtime.block_on(async {
        match &clock.movement {
            None => local::clock(&clock.endpoint).await,
            Some(Movement::Advance { by }) => local::advance(&clock.endpoint, by).await,
        }
    });
    let shown = asked.map_err(|error| match error {
        local::AdminError::Unreachable { .. } => {
            Fault::failed(error).with_help("start a server with `batuta start`, or name it with --endpoint")
        }
        local::AdminError::Refused(_) => Fault::wrong_use(error),
    })?;
    let ahead = if shown.ahead.is_zero() { "as on the wall".to_owned() } else { format!("{:#} ahead", shown.ahead) };
    say!("{}  {ahead}", shown.now);
    Ok(0)
}
