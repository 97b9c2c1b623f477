//! Resource ARN to call: the service integrations of Task states.
