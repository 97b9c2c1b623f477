//! Where in the document the parser is.

use std::fmt;

/// A place in the document: a chain on the stack, written out as a JSON pointer only when something is to be said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    token: Token<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Token<'p> {
    Root,
    Name(&'p str),
    Index(usize),
}

impl Place<'_> {
    /// The whole document.
    pub(crate) const ROOT: Place<'static> = Place { parent: None, token: Token::Root };

    /// The value of a field of the object here.
    pub(crate) fn field<'q>(&'q self, name: &'q str) -> Place<'q> {
        Place { parent: Some(self), token: Token::Name(name) }
    }

    /// An element of the array here.
    pub(crate) fn item(&self, index: usize) -> Place<'_> {
        Place { parent: Some(self), token: Token::Index(index) }
    }
}

impl fmt::Display for Place<'_> {
    /// As a JSON pointer (RFC 6901).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.token {
            Token::Root => Ok(()),
            Token::Name(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Token::Index(index) => write!(f, "/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[test]
    fn a_place_is_written_as_a_json_pointer() {
        let states = Place::ROOT.field("States");
        let state = states.field("a/b~c");
        let rules = state.field("Choices");
        assert_eq!(rules.item(2).to_string(), "/States/a~1b~0c/Choices/2");
        assert_eq!(Place::ROOT.to_string(), "");
    }
}
