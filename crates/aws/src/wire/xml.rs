//! Writes the XML of the Query protocol's replies, laid out as AWS lays it out.
//!
//! The layout is visible: recorded Step Functions outputs carry the reply's `Content-Length` (294 for a `Publish` to a
//! standard topic), which holds only with this indentation.

use serde_json::Value;

/// An XML text under construction.
#[derive(Debug, Default)]
pub(crate) struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    /// `<name attributes>` on a line of its own.
    pub(crate) fn open(&mut self, name: &str, attributes: &str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push_str(attributes);
        self.text.push_str(">\n");
        self.depth += 1;
    }

    /// `</name>` on a line of its own.
    pub(crate) fn close(&mut self, name: &str) {
        self.depth -= 1;
        self.indent();
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// `<name>text</name>` on a line of its own.
    pub(crate) fn leaf(&mut self, name: &str, text: &str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push('>');
        escape(text, &mut self.text);
        self.text.push_str("</");
        self.text.push_str(name);
        self.text.push_str(">\n");
    }

    /// One member: an object becomes nested elements, an array a list of `member`s, and a member named in `maps` a list
    /// of `entry` with `key` and `value`.
    pub(crate) fn member(&mut self, name: &str, value: &Value, maps: &[&str]) {
        match value {
            Value::Null => {}
            Value::String(text) => self.leaf(name, text),
            Value::Bool(_) | Value::Number(_) => self.leaf(name, &value.to_string()),
            Value::Array(items) if items.is_empty() => self.empty(name),
            Value::Object(members) if members.is_empty() => self.empty(name),
            Value::Array(items) => {
                self.open(name, "");
                for item in items {
                    self.member("member", item, maps);
                }
                self.close(name);
            }
            Value::Object(members) => {
                self.open(name, "");
                if maps.contains(&name) {
                    for (key, value) in members {
                        self.open("entry", "");
                        self.leaf("key", key);
                        self.member("value", value, maps);
                        self.close("entry");
                    }
                } else {
                    for (name, value) in members {
                        self.member(name, value, maps);
                    }
                }
                self.close(name);
            }
        }
    }

    /// The whole text.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn empty(&mut self, name: &str) {
        self.indent();
        self.text.push('<');
        self.text.push_str(name);
        self.text.push_str("/>\n");
    }

    fn indent(&mut self) {
        for _ in 0..self.depth {
            self.text.push_str("  ");
        }
    }
}

/// Appends `text` with XML's special characters escaped; characters that XML 1.0 can't hold become U+FFFD.
pub(crate) fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\n' | '\t' => out.push(character),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lists_maps_and_special_characters() {
        let mut xml = Xml::default();
        xml.member(
            "R",
            &json!({"Attributes": {"Owner": "1", "Name": "a<b>&\"c\"\u{1}"}, "Topics": [{"TopicArn": "x"}], "Empty": [],
                    "Absent": null, "Yes": true}),
            &["Attributes"],
        );
        assert_eq!(
            xml.finish(),
            "<R>\n  <Attributes>\n    <entry>\n      <key>Owner</key>\n      <value>1</value>\n    </entry>\n    \
             <entry>\n      <key>Name</key>\n      <value>a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}</value>\n    </entry>\n  \
             </Attributes>\n  <Topics>\n    <member>\n      <TopicArn>x</TopicArn>\n    </member>\n  </Topics>\n  \
             <Empty/>\n  <Yes>true</Yes>\n</R>\n"
        );
    }
}
