//! Lambda: mails an approver the links to answer with.
