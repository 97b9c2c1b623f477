//! Redrives: an execution that failed, timed out or was stopped goes on where it stopped
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>).
//!
//! What succeeded is not done again: of a Parallel or inline Map state only the branches or iterations that did not come to
//! their end go on, of a map run only the children ([`crate::map_run`]). States begin their work again without being entered again, and their retriers count from zero.

use crate::command::Outcome;
use crate::event::{EventId, EventKind};
use crate::execution::{Execution, Turn};
use crate::scope::{Parked, Phase, Scope, ScopeId};
use crate::timing::Purpose;

impl Execution {
    /// Whether it ended and can be redriven; the error says why not, in AWS's words where there are some.
    pub fn can_be_redriven(&self) -> Result<(), &'static str> {
        match &self.outcome {
            None => Err("Execution is RUNNING and cannot be redriven"),
            Some(Outcome::Succeeded(_)) => Err("Execution is SUCCEEDED and cannot be redriven"),
            Some(_) if self.identity.express => Err("Express executions cannot be redriven"),
            Some(_) => Ok(()),
        }
    }

    /// Lets everything go on that did not come to its end.
    pub(crate) fn redrive(&mut self) {
        self.redrives += 1;
        self.redriven_at = Some(self.now);
        self.outcome = None;
        self.continues = false;
        let redrive_count = self.identity.redrive_count + self.redrives;
        let redriven = self.event(self.last_event, EventKind::ExecutionRedriven { redrive_count });
        if let Some(seconds) = self.machine.timeout_seconds {
            self.arm(self.after(seconds), Purpose::Execution);
        }
        let mut interrupted = std::mem::take(&mut self.interrupted);
        let stand = (0..self.scopes.len()).filter(|scope| !matches!(self.scopes[*scope].phase, Phase::Over));
        for scope in stand.collect::<Vec<_>>() {
            self.go_on(scope, interrupted.remove(&scope), redriven);
        }
    }

    /// Has a scope go on; its events follow the redrive.
    fn go_on(&mut self, scope: ScopeId, turn: Option<Turn>, redriven: EventId) {
        let going_on = &mut self.scopes[scope];
        if let Phase::Children(children) = &going_on.phase
            && children.scopes.iter().any(Option::is_some)
        {
            // They go on by themselves. Without any, one could not be started: the state begins again.
            return;
        }
        going_on.previous = redriven;
        if let Some(Parked { children: Some(mut children), scopes }) = going_on.parked.take().map(|parked| *parked) {
            let mut ids = Vec::with_capacity(scopes.len());
            for (index, mut child, turn) in scopes {
                child.parent = Some((scope, index));
                let id = self.add_scope(child);
                children.scopes[index] = Some(id);
                ids.push((id, turn));
            }
            self.scopes[scope].phase = Phase::Children(children);
            for (child, turn) in ids {
                self.go_on(child, turn, redriven);
            }
            return;
        }
        going_on.attempts.clear();
        going_on.phase = Phase::Ready;
        let turn = match turn {
            Some(Turn::Enter(state)) => Turn::Enter(state),
            _ if going_on.entered == 0 => Turn::Enter(going_on.flow.start_at),
            _ => Turn::Retry,
        };
        self.ready.push_back((scope, turn));
    }

    /// Takes a child that is given up out of the slab, and keeps it with its parent.
    pub(crate) fn park(&mut self, scope: ScopeId, turn: Option<Turn>) {
        let place = &mut self.scopes[scope];
        let Some((parent, index)) = place.parent else { return };
        let mut over = Scope::new(place.flow.clone(), None, 0, place.input.clone());
        over.phase = Phase::Over;
        let mut parked = std::mem::replace(place, over);
        self.free.push(scope);
        if let Phase::Children(children) = std::mem::replace(&mut parked.phase, Phase::Ready) {
            parked.parked.get_or_insert_default().children = Some(children);
        }
        self.scopes[parent].parked.get_or_insert_default().scopes.push((index, parked, turn));
    }

    /// A state failed and nothing retries it: what it knew of its children is kept with them.
    pub(crate) fn keep_children(&mut self, scope: ScopeId) {
        let failed = &mut self.scopes[scope];
        if let Phase::Children(children) = std::mem::replace(&mut failed.phase, Phase::Ready)
            && let Some(parked) = &mut failed.parked
        {
            parked.children = Some(children);
        }
    }

    /// A state is done with the children that it gave up.
    pub(crate) fn forget_parked(&mut self, scope: ScopeId) {
        if let Some(parked) = self.scopes[scope].parked.take() {
            let bytes = variables_bytes(&parked);
            self.variables_bytes = self.variables_bytes.saturating_sub(bytes);
        }
        self.scopes[scope].stopped_map_run = None;
    }
}

/// The bytes of the variables of scopes that are kept.
fn variables_bytes(parked: &Parked) -> usize {
    let of_scope = |(_, scope, _): &(usize, Scope, Option<Turn>)| {
        let own: usize = scope.variables.values().map(|value| value.text().len()).sum();
        own + scope.parked.as_deref().map_or(0, variables_bytes)
    };
    parked.scopes.iter().map(of_scope).sum()
}
