//! Runs the real Lambda function binaries behind a real Lambda Runtime API.
