//! Lambda: answers a task token from a link.
