//! Walking through keys in order, with a prefix and a delimiter
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html>).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::S3Result;
use s3s::dto::{CommonPrefix, EncodingType};

use super::fault;

/// Rows of one look at the database.
pub(super) const BATCH: usize = 1_000;
/// Entries of one page.
const MAX_ENTRIES: i32 = 1_000;

/// Where a walk begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    /// At this key.
    At(String),
    /// After all of this key.
    After(String),
    /// Within this key, after the row with this identifier.
    Within(String, i64),
}

/// What is walked through.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    pub(super) prefix: &'a str,
    /// Empty for none.
    pub(super) delimiter: &'a str,
    pub(super) limit: usize,
    /// After which a page begins: a key, or a common prefix that the page before has told.
    pub(super) marker: &'a str,
}

/// One page.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) rows: Vec<T>,
    pub(super) prefixes: Vec<String>,
    /// The last entry of a page after which there are more.
    pub(super) next: Option<Last<T>>,
}

/// The last entry of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Last<T> {
    Row(T),
    Prefix(String),
}

/// A row of a walk.
pub(super) trait Keyed: Clone {
    fn key(&self) -> &str;
    fn id(&self) -> i64;
}

impl Walk<'_> {
    /// Where the walk begins when nothing more than the marker is known.
    pub(super) fn start(&self) -> Start {
        if self.marker.is_empty() || self.marker < self.prefix {
            Start::At(self.prefix.to_owned())
        } else {
            Start::After(self.marker.to_owned())
        }
    }

    /// One page of what `fetch` finds from a start on: at most [`BATCH`] rows in order.
    pub(super) fn page<T: Keyed>(
        &self,
        mut start: Start,
        mut fetch: impl FnMut(&Start) -> S3Result<Vec<T>>,
    ) -> S3Result<Page<T>> {
        let mut page = Page { rows: Vec::new(), prefixes: Vec::new(), next: None };
        if self.limit == 0 {
            return Ok(page);
        }
        let mut told = (!self.delimiter.is_empty() && !self.marker.is_empty()).then(|| self.marker.to_owned());
        let mut last = None;
        loop {
            let batch = fetch(&start)?;
            let full = batch.len() == BATCH;
            let end = batch.last().map(|row| (row.key().to_owned(), row.id()));
            for row in batch {
                let Some(rest) = row.key().strip_prefix(self.prefix) else { return Ok(page) };
                let cut = if self.delimiter.is_empty() { None } else { rest.find(self.delimiter) };
                let common = cut.map(|at| &row.key()[..self.prefix.len() + at + self.delimiter.len()]);
                if common.is_some() && common == told.as_deref() {
                    continue;
                }
                if page.rows.len() + page.prefixes.len() == self.limit {
                    page.next = last;
                    return Ok(page);
                }
                if let Some(common) = common {
                    page.prefixes.push(common.to_owned());
                    told = Some(common.to_owned());
                    last = Some(Last::Prefix(common.to_owned()));
                } else {
                    last = Some(Last::Row(row.clone()));
                    page.rows.push(row);
                }
            }
            let (true, Some((key, id))) = (full, end) else { return Ok(page) };
            start = match told.as_deref().filter(|common| key.starts_with(common)) {
                // All the keys below a prefix that is told need not be looked at.
                Some(common) if key < format!("{common}{}", char::MAX) => Start::At(format!("{common}{}", char::MAX)),
                _ => Start::Within(key, id),
            };
        }
    }
}

/// The limit of a page: at most 1,000 whatever is asked for.
pub(super) fn limit(asked: Option<i32>, name: &str) -> S3Result<i32> {
    let asked = asked.unwrap_or(MAX_ENTRIES);
    if asked < 0 {
        return Err(fault::invalid_argument(format!("Argument {name} must be an integer between 0 and 2147483647")));
    }
    Ok(asked.min(MAX_ENTRIES))
}

/// Characters that stay as they are in `encoding-type=url`.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*');

/// Writes keys as a listing is asked to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Encoding(bool);

impl Encoding {
    pub(super) fn asked(asked: Option<&EncodingType>) -> S3Result<Self> {
        match asked.map(EncodingType::as_str) {
            None | Some("") => Ok(Self(false)),
            Some("url") => Ok(Self(true)),
            Some(_) => Err(fault::invalid_argument("Invalid Encoding Method specified in Request")),
        }
    }

    pub(super) fn key(self, key: impl Into<String>) -> String {
        let key = key.into();
        if self.0 { utf8_percent_encode(&key, KEPT).to_string() } else { key }
    }

    /// The common prefixes of a reply; none when there are none.
    pub(super) fn prefixes(self, prefixes: Vec<String>) -> Option<Vec<CommonPrefix>> {
        let told = prefixes.into_iter().map(|prefix| CommonPrefix { prefix: Some(self.key(prefix)) });
        Some(told.collect::<Vec<_>>()).filter(|prefixes| !prefixes.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Eq)]
    struct Row(String);

    impl Keyed for Row {
        fn key(&self) -> &str {
            &self.0
        }
        fn id(&self) -> i64 {
            0
        }
    }

    fn rows(keys: &[String], start: &Start) -> Vec<Row> {
        let from = |key: &&String| match start {
            Start::At(at) => *key >= at,
            Start::After(at) | Start::Within(at, _) => *key > at,
        };
        keys.iter().filter(from).take(BATCH).map(|key| Row(key.clone())).collect()
    }

    fn all(keys: &[String], prefix: &str, delimiter: &str, limit: usize) -> (Vec<String>, usize) {
        let (mut told, mut pages, mut marker) = (Vec::new(), 0, String::new());
        loop {
            let walk = Walk { prefix, delimiter, limit, marker: &marker };
            let page = walk.page(walk.start(), |start| Ok(rows(keys, start))).expect("a page");
            pages += 1;
            told.extend(page.rows.into_iter().map(|row| row.0));
            told.extend(page.prefixes);
            match page.next {
                None => return (told, pages),
                Some(Last::Row(row)) => marker = row.0,
                Some(Last::Prefix(prefix)) => marker = prefix,
            }
        }
    }

    #[test]
    fn common_prefixes_are_told_once_over_all_pages() {
        let mut keys: Vec<String> = (0..2_500).map(|n| format!("a/{n:04}")).collect();
        keys.extend(["a/\u{10ffff}x", "b", "c/1", "c/2", "d", "e/1"].map(str::to_owned));
        let expected = ["a/", "b", "c/", "d", "e/"];
        for limit in [1, 2, 3, 1_000] {
            let (mut told, pages) = all(&keys, "", "/", limit);
            told.sort();
            assert_eq!(told, expected, "{limit}");
            assert_eq!(pages, 5_usize.div_ceil(limit), "{limit}");
        }
        assert_eq!(all(&keys, "c/", "/", 10).0, ["c/1", "c/2"]);
        assert_eq!(all(&keys, "c", "", 1).0, ["c/1", "c/2"]);
        let (every, pages) = all(&keys, "", "", 1_000);
        assert_eq!((every.len(), pages), (2_506, 3));
        assert!(all(&keys, "x", "/", 10).0.is_empty());
    }

    #[test]
    fn keys_are_encoded_when_asked_for() {
        let encoding = Encoding(true);
        assert_eq!(encoding.key("a b/ü+%.txt"), "a%20b/%C3%BC%2B%25.txt");
        assert_eq!(Encoding(false).key("a b"), "a b");
    }
}
