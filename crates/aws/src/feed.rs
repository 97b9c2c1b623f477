//! A bounded record of what happened that can be followed live.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast;

/// Entries kept for those who look later, and waiting for a follower that is slow.
const CAPACITY: usize = 1_000;

/// The last 1,000 entries of a kind, and those to come.
#[derive(Debug)]
pub struct Feed<T> {
    kept: Mutex<VecDeque<Arc<T>>>,
    live: broadcast::Sender<Arc<T>>,
}

/// What a [`Feed`] held when it was subscribed to, and the entries that follow, without gap or repetition.
#[derive(Debug)]
pub struct Following<T> {
    /// The entries so far, oldest first.
    pub so_far: Vec<Arc<T>>,
    /// The entries to come. A follower more than 1,000 entries behind is told how many it missed
    /// ([`broadcast::error::RecvError::Lagged`]).
    pub live: broadcast::Receiver<Arc<T>>,
}

impl<T> Feed<T> {
    pub(crate) fn new() -> Self {
        Self { kept: Mutex::default(), live: broadcast::Sender::new(CAPACITY) }
    }

    /// The entries so far, oldest first.
    pub fn so_far(&self) -> Vec<Arc<T>> {
        self.kept().iter().cloned().collect()
    }

    /// The entries so far and those to come.
    pub fn subscribe(&self) -> Following<T> {
        let kept = self.kept();
        Following { so_far: kept.iter().cloned().collect(), live: self.live.subscribe() }
    }

    pub(crate) fn push(&self, entry: T) {
        let entry = Arc::new(entry);
        let mut kept = self.kept();
        if kept.len() == CAPACITY {
            kept.pop_front();
        }
        kept.push_back(Arc::clone(&entry));
        // No follower is no failure.
        let _ = self.live.send(entry);
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<T>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_follower_sees_the_past_once_and_then_the_present() {
        let feed = Feed::new();
        feed.push(1);
        let mut following = feed.subscribe();
        feed.push(2);
        assert_eq!(following.so_far, [Arc::new(1)]);
        assert_eq!(*following.live.recv().await.expect("the second"), 2);
        assert_eq!(feed.so_far(), [Arc::new(1), Arc::new(2)]);
    }

    #[test]
    fn the_oldest_entries_go() {
        let feed = Feed::new();
        for n in 0..=CAPACITY {
            feed.push(n);
        }
        assert_eq!(feed.so_far().len(), CAPACITY);
        assert_eq!(*feed.so_far()[0], 1);
    }
}
