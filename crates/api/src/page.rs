//! Lists in pages, and the tokens that lead from one page to the next.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::constraint::Constraints;
use crate::error::ApiError;

/// How many results make a page when the caller doesn't say (API reference, `maxResults`).
const DEFAULT: i64 = 100;
/// The most results of a page.
const MOST: i64 = 1000;
/// The most characters of a token, but of `ListExecutions`.
pub(crate) const TOKEN: usize = 1024;

/// Which page of a list is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Where it begins: what the token of the page before says.
    pub(crate) from: Option<u64>,
    /// How many results it has at the most.
    pub(crate) size: usize,
}

impl Page {
    /// Adds the constraints on the members of every list.
    pub(crate) fn constraints(
        constraints: &mut Constraints,
        max_results: Option<i64>,
        next_token: Option<&str>,
        longest_token: usize,
    ) {
        constraints.range("maxResults", max_results, (0, MOST)).length("nextToken", next_token, (1, longest_token));
    }

    /// The page that is asked for. `list` says of which list, so that no token is taken for another list's.
    pub(crate) fn read(list: &str, max_results: Option<i64>, next_token: Option<&str>) -> Result<Self, ApiError> {
        let size = match max_results {
            None | Some(0) => DEFAULT,
            Some(size) => size,
        };
        let from = next_token.map(|token| decode(list, token).ok_or_else(invalid)).transpose()?;
        Ok(Self { from, size: usize::try_from(size).unwrap_or(1) })
    }

    /// The page of a list whose items are in the order of their positions, each position used once: items, and the token
    /// of the next page if there is one.
    pub(crate) fn cut<T>(&self, list: &str, items: Vec<T>, position: impl Fn(&T) -> u64) -> (Vec<T>, Option<String>) {
        let from = self.from.unwrap_or(0);
        let mut rest = items.into_iter().filter(|item| position(item) >= from);
        let page: Vec<T> = rest.by_ref().take(self.size).collect();
        let next = rest.next().map(|item| encode(list, position(&item)));
        (page, next)
    }
}

/// A token that leads to that position of a list.
pub(crate) fn encode(list: &str, position: u64) -> String {
    let mut bytes = position.to_be_bytes().to_vec();
    bytes.extend(check(list, position).to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(list: &str, token: &str) -> Option<u64> {
    let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(token).ok()?.try_into().ok()?;
    let (position, told) = bytes.split_at(8);
    let position = u64::from_be_bytes(position.try_into().ok()?);
    (check(list, position).to_be_bytes() == told).then_some(position)
}

/// Binds a token to its list (FNV-1a): it keeps out mistakes, not enemies, who could ask for the list itself.
fn check(list: &str, position: u64) -> u64 {
    let bytes = list.bytes().chain(position.to_be_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Recorded in `sfn_api_aliasing--list_state_machine_aliases_pagination_invalid_next_token`.
fn invalid() -> ApiError {
    ApiError::bad_request("InvalidToken", "Invalid Token: 'Invalid token'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let items: Vec<u64> = vec![2, 3, 5, 7, 11];
        let first = Page::read("primes", Some(2), None).expect("a page");
        let (page, next) = first.cut("primes", items.clone(), |item| *item);
        assert_eq!(page, [2, 3]);
        let second = Page::read("primes", Some(3), next.as_deref()).expect("a page");
        assert_eq!(second.cut("primes", items, |item| *item), (vec![5, 7, 11], None));
        for token in [next.as_deref().map(|token| format!("{token}A")), Some("InvalidToken".to_owned())] {
            assert!(Page::read("primes", None, token.as_deref()).is_err());
        }
        assert!(Page::read("squares", None, next.as_deref()).is_err(), "it is another list's");
    }
}
