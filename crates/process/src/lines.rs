//! Output cut into lines.

use std::borrow::Cow;

/// A line without an end in sight is cut here, as `CloudWatch` cuts an event.
pub const MAX_LINE_BYTES: usize = 256 * 1024;

/// Cuts what a process writes into lines, without their ends. What is not UTF-8 is replaced.
#[derive(Debug, Default)]
pub struct Lines {
    /// The beginning of a line whose end has not been read yet.
    partial: Vec<u8>,
}

impl Lines {
    /// Takes the next bytes and gives out every line that has ended.
    pub fn feed(&mut self, mut bytes: &[u8], mut give: impl FnMut(&str)) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            if self.partial.is_empty() {
                give(&text(line));
            } else {
                self.partial.extend_from_slice(line);
                give(&text(&self.partial));
                self.partial.clear();
            }
            bytes = rest;
        }
        self.partial.extend_from_slice(bytes);
        if self.partial.len() >= MAX_LINE_BYTES {
            self.flush(give);
        }
    }

    /// Gives out what is left, if anything is: the line has no end.
    pub fn flush(&mut self, mut give: impl FnMut(&str)) {
        if !self.partial.is_empty() {
            give(&text(&self.partial));
            self.partial.clear();
        }
    }
}

fn text(line: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_cut_wherever_the_reads_end() {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        for bytes in [&b"one\ntw"[..], b"o\r\n\nthr", b"ee \xff"] {
            lines.feed(bytes, |line| seen.push(line.to_owned()));
        }
        assert_eq!(seen, ["one", "two", ""]);
        lines.flush(|line| seen.push(line.to_owned()));
        lines.flush(|line| seen.push(line.to_owned()));
        assert_eq!(seen, ["one", "two", "", "three \u{fffd}"]);
    }

    #[test]
    fn an_endless_line_is_cut() {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        for _ in 0..40 {
            lines.feed(&[b'x'; 8192], |line| seen.push(line.len()));
        }
        assert_eq!(seen, [MAX_LINE_BYTES]);
    }
}
