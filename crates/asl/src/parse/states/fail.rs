//! Fail.

use crate::model::Fail;
use crate::parse::Context;
use crate::parse::expression::text;
use crate::parse::state::StateContext;

pub(super) fn parse(context: &mut Context<'_>, state: &mut StateContext<'_, '_>) -> Fail {
    Fail {
        error: text(context, &state.object, "Error", Some("ErrorPath"), state.language),
        cause: text(context, &state.object, "Cause", Some("CausePath"), state.language),
    }
}
