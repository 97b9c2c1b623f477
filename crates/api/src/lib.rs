//! The Step Functions API over AWS JSON 1.0.
