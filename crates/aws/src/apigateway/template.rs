//! Path templates of routes, like `/orders/{id}` and `/{proxy+}`.

/// A path template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    text: String,
    segments: Vec<Segment>,
}

/// A segment; the order is the order of preference where several templates match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(String),
    Parameter(String),
    Greedy(String),
}

impl Template {
    /// Reads a template; the error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(format!("the path {text} must begin with a slash"));
        };
        let parts: Vec<&str> = if rest.is_empty() { Vec::new() } else { rest.split('/').collect() };
        let mut segments = Vec::with_capacity(parts.len());
        for (position, part) in parts.iter().enumerate() {
            let segment = Segment::parse(part).ok_or_else(|| format!("the path {text} has the odd part \"{part}\""))?;
            if matches!(segment, Segment::Greedy(_)) && position + 1 < parts.len() {
                return Err(format!("the path {text} goes on after {part}, which takes all that follows"));
            }
            segments.push(segment);
        }
        Ok(Self { text: text.to_owned(), segments })
    }

    /// The template as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The path's parameters, as sent (not decoded), when it matches. A trailing slash doesn't count.
    pub(crate) fn matches(&self, path: &str) -> Option<Vec<(&str, String)>> {
        let path = path.trim_start_matches('/').trim_end_matches('/');
        let mut rest = (!path.is_empty()).then_some(path);
        let mut parameters = Vec::new();
        for segment in &self.segments {
            let (part, after) = match rest?.split_once('/') {
                Some((part, after)) => (part, Some(after)),
                None => (rest?, None),
            };
            match segment {
                Segment::Literal(literal) if same(literal, part) => {}
                Segment::Parameter(name) if !part.is_empty() => parameters.push((name.as_str(), part.to_owned())),
                Segment::Greedy(name) => {
                    parameters.push((name.as_str(), rest?.to_owned()));
                    return Some(parameters);
                }
                _ => return None,
            }
            rest = after;
        }
        rest.is_none().then_some(parameters)
    }

    /// Order of preference: literals before parameters before what takes all.
    pub(crate) fn preference(&self, other: &Self) -> std::cmp::Ordering {
        let kinds = |template: &Self| -> Vec<u8> { template.segments.iter().map(Segment::kind).collect() };
        kinds(self).cmp(&kinds(other)).then_with(|| self.text.cmp(&other.text))
    }
}

impl Segment {
    fn parse(part: &str) -> Option<Self> {
        let named = |name: &str| {
            !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'))
        };
        if let Some(name) = part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            return match name.strip_suffix('+') {
                Some(name) => named(name).then(|| Self::Greedy(name.to_owned())),
                None => named(name).then(|| Self::Parameter(name.to_owned())),
            };
        }
        (!part.is_empty() && !part.contains(['{', '}'])).then(|| Self::Literal(part.to_owned()))
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Literal(_) => 0,
            Self::Parameter(_) => 1,
            Self::Greedy(_) => 2,
        }
    }
}

/// A literal matches as written or percent-encoded.
fn same(literal: &str, part: &str) -> bool {
    literal == part || percent_encoding::percent_decode_str(part).decode_utf8().is_ok_and(|decoded| decoded == literal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(template: &str, path: &str) -> Option<String> {
        let template = Template::parse(template).expect("a template");
        let found = template.matches(path)?;
        Some(found.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&"))
    }

    #[test]
    fn paths_match_and_give_their_parameters_as_sent() {
        assert_eq!(parameters("/", "/"), Some(String::new()));
        assert_eq!(parameters("/", "/x"), None);
        assert_eq!(parameters("/orders", "/orders/"), Some(String::new()));
        assert_eq!(parameters("/orders/{id}", "/orders/7"), Some("id=7".into()));
        assert_eq!(parameters("/orders/{id}", "/orders"), None);
        assert_eq!(parameters("/orders/{id}", "/orders/7/lines"), None);
        assert_eq!(parameters("/approval/{token+}", "/approval/a/b%2Bc"), Some("token=a/b%2Bc".into()));
        assert_eq!(parameters("/{proxy+}", "/test-path/"), Some("proxy=test-path".into()), "as recorded");
        assert_eq!(parameters("/{proxy+}", "/"), None);
        assert_eq!(parameters("/caf\u{e9}", "/caf%C3%A9"), Some(String::new()));
    }

    #[test]
    fn odd_templates_are_refused() {
        for odd in ["orders", "/{id", "/a//b", "/{a+}/b", "/{}", "/x{id}"] {
            assert!(Template::parse(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_more_literal_template_is_preferred() {
        let mut templates: Vec<Template> = ["/{proxy+}", "/a/{x}", "/a/b", "/{y}/b"]
            .iter()
            .map(|text| Template::parse(text).expect("a template"))
            .collect();
        templates.sort_by(Template::preference);
        assert_eq!(templates.iter().map(Template::text).collect::<Vec<_>>(), ["/a/b", "/a/{x}", "/{y}/b", "/{proxy+}"]);
    }
}
