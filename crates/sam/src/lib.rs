//! An AWS SAM template: text to the stack of resources that a local run needs.
