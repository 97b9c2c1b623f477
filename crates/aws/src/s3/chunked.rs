//! The `aws-chunked` coding of bodies
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>): lengths in hexadecimal, perhaps with
//! signatures, and headers after the last chunk. Signatures are not looked at; any credentials are accepted.

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue};

/// The longest line between chunks, in bytes.
const MAX_LINE: usize = 4 * 1024;
/// Headers after the last chunk.
const MAX_TRAILERS: usize = 32;

/// Takes the coding off, piece by piece.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    buffer: BytesMut,
    state: State,
    trailers: HeaderMap,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    /// A chunk's length is next.
    #[default]
    Length,
    /// So many bytes of a chunk are still to come.
    Data(u64),
    /// The end of the line after a chunk is next.
    DataEnd,
    Trailers,
    Done,
}

impl Decoder {
    /// Takes what has arrived.
    pub(super) fn push(&mut self, data: &[u8]) {
        self.buffer.extend_from_slice(data);
    }

    /// Whether the last chunk and the trailers have been read.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// The headers after the last chunk.
    pub(super) fn trailers(self) -> HeaderMap {
        self.trailers
    }

    /// The next content; `None` when more must arrive first. The error says what is malformed.
    pub(super) fn next(&mut self) -> Result<Option<Bytes>, &'static str> {
        loop {
            match self.state {
                State::Length => {
                    let Some(line) = self.line()? else { return Ok(None) };
                    let digits = line.split(|b| *b == b';').next().unwrap_or_default();
                    let length = std::str::from_utf8(digits)
                        .ok()
                        .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
                        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
                        .ok_or("a chunk's length is no hexadecimal number")?;
                    self.state = if length == 0 { State::Trailers } else { State::Data(length) };
                }
                State::Data(left) => {
                    if self.buffer.is_empty() {
                        return Ok(None);
                    }
                    let take = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
                    let data = self.buffer.split_to(take).freeze();
                    let left = left - take as u64;
                    self.state = if left == 0 { State::DataEnd } else { State::Data(left) };
                    return Ok(Some(data));
                }
                State::DataEnd => {
                    if self.buffer.len() < 2 {
                        return Ok(None);
                    }
                    if !self.buffer.starts_with(b"\r\n") {
                        return Err("a chunk is longer than its length says");
                    }
                    self.buffer.advance(2);
                    self.state = State::Length;
                }
                State::Trailers => {
                    let Some(line) = self.line()? else { return Ok(None) };
                    if line.is_empty() {
                        self.state = State::Done;
                        continue;
                    }
                    if self.trailers.len() == MAX_TRAILERS {
                        return Err("there are too many trailers");
                    }
                    let text = std::str::from_utf8(&line).map_err(|_| "a trailer is not text")?;
                    let (name, value) = text.split_once(':').ok_or("a trailer has no colon")?;
                    let name: HeaderName = name.trim().parse().map_err(|_| "a trailer's name can't be")?;
                    let value = HeaderValue::from_str(value.trim()).map_err(|_| "a trailer's value can't be")?;
                    self.trailers.insert(name, value);
                }
                State::Done => return Ok(None),
            }
        }
    }

    /// The body has ended: trailers may end without an empty line, chunks may not.
    pub(super) fn end(&mut self) -> bool {
        if self.state == State::Trailers && self.buffer.is_empty() {
            self.state = State::Done;
        }
        self.is_done()
    }

    /// A line without its end; `None` when it hasn't arrived whole.
    fn line(&mut self) -> Result<Option<Bytes>, &'static str> {
        let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") else {
            return if self.buffer.len() > MAX_LINE { Err("a line is too long") } else { Ok(None) };
        };
        if end > MAX_LINE {
            return Err("a line is too long");
        }
        let line = self.buffer.split_to(end).freeze();
        self.buffer.advance(2);
        Ok(Some(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes a body that arrives in pieces of `size` bytes.
    fn decode(body: &str, size: usize) -> Result<(String, HeaderMap), &'static str> {
        let mut decoder = Decoder::default();
        let mut content = Vec::new();
        for piece in body.as_bytes().chunks(size) {
            decoder.push(piece);
            while let Some(data) = decoder.next()? {
                content.extend_from_slice(&data);
            }
        }
        if !decoder.end() {
            return Err("the body ends too early");
        }
        Ok((String::from_utf8(content).expect("text"), decoder.trailers()))
    }

    #[test]
    fn chunks_signatures_and_trailers_are_taken_off() {
        let body = "5;chunk-signature=ab12\r\nhello\r\nA\r\n, world!\r\n\r\n0;chunk-signature=cd\r\n\
                    x-amz-checksum-crc32:K81oMA==\r\nx-amz-trailer-signature:ef\r\n\r\n";
        for size in [1, 2, 3, 7, 1_000] {
            let (content, trailers) = decode(body, size).expect("well formed");
            assert_eq!(content, "hello, world!\r\n");
            assert_eq!(trailers["x-amz-checksum-crc32"], "K81oMA==");
        }
        assert_eq!(decode("0\r\n\r\n", 1).expect("empty").0, "");
        assert_eq!(decode("1\r\na\r\n0\r\n", 9).expect("no last line").0, "a");
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for body in
            ["5\r\nhello", "x\r\n", "+5\r\nhello\r\n0\r\n\r\n", "2\r\nhello\r\n0\r\n\r\n", "0\r\nnocolon\r\n\r\n"]
        {
            assert!(decode(body, 1_000).is_err(), "{body:?}");
        }
        assert!(decode(&"1".repeat(10_000), 10_000).is_err(), "no end of line");
    }
}
