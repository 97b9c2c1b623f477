//! Amazon States Language: text to a typed, compiled model, and every problem found on the way.
