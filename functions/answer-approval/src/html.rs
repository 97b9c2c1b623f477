use std::fmt;
use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::{Ask, Decision, Reply};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{margin:0;font:1.0625rem/1.5 system-ui,sans-serif;background:Canvas;color:CanvasText}\
main{max-width:34rem;margin:0 auto;padding:3rem 1.25rem}\
h1{font-size:1.5rem;line-height:1.25;margin:0 0 1rem}\
dl{margin:1.5rem 0;display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem}\
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}\
label{display:block;font-weight:600;margin-top:1rem}\
input{box-sizing:border-box;width:100%;min-height:2.75rem;padding:.5rem;font:inherit;border:1px solid;border-radius:.375rem}\
button{margin-top:1.5rem;min-height:2.75rem;padding:.5rem 1.5rem;font:inherit;font-weight:600;color:#fff;\
border:2px solid transparent;border-radius:.375rem;cursor:pointer}\
.approve{background:#146c2e}.reject{background:#b3261e}\
:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}";

/// The page's own style and its own form, and nothing else: no script, no image, no frame around it.
pub(crate) fn policy() -> &'static str {
    static POLICY: LazyLock<String> = LazyLock::new(|| {
        let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
        format!(
            "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; base-uri 'none'; \
             frame-ancestors 'none'"
        )
    });
    &POLICY
}

/// Text as the content of an element or of a quoted attribute.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for char in self.0.chars() {
            match char {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => write!(f, "{other}")?,
            }
        }
        Ok(())
    }
}

/// The reply for a person.
pub(crate) fn page(reply: &Reply) -> String {
    match reply {
        Reply::Confirm(ask) => confirmation(ask),
        Reply::Answered(Decision::Approve) => {
            notice("Approved", "status", "Thank you. The workflow goes on. You can close this page.")
        }
        Reply::Answered(Decision::Reject) => {
            notice("Rejected", "status", "Thank you. Nothing will be traded. You can close this page.")
        }
        Reply::Refused(refusal) => notice(refusal.title(), "alert", refusal.advice()),
    }
}

fn document(title: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title} – Batuta</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n{main}</main>\n</body>\n</html>\n",
        title = Escaped(title),
    )
}

fn notice(title: &str, role: &str, text: &str) -> String {
    let main = format!("<h1>{}</h1>\n<p role=\"{role}\">{}</p>\n", Escaped(title), Escaped(text));
    document(title, &main)
}

fn confirmation(ask: &Ask) -> String {
    let (title, label, other, other_label) = match ask.decision {
        Decision::Approve => ("Approve this trade?", "Approve", Decision::Reject, "Reject it instead"),
        Decision::Reject => ("Reject this trade?", "Reject", Decision::Approve, "Approve it instead"),
    };
    let decision = ask.decision.as_str();
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let link = format!(
        "?decision={}&token={}&execution={}&state={}",
        other.as_str(),
        encode(ask.token.secret()),
        encode(&ask.execution),
        encode(&ask.state),
    );
    let (token, execution, state) = (Escaped(ask.token.secret()), Escaped(&ask.execution), Escaped(&ask.state));
    // The form goes to this very path, without the query: the token is in the body then, and in no log.
    let main = format!(
        "<h1>{title}</h1>\n\
         <p>The message that brought you here says what is to be traded. Nothing is decided before you press the \
         button.</p>\n\
         <dl>\n<dt>Execution</dt><dd>{execution}</dd>\n<dt>Step</dt><dd>{state}</dd>\n</dl>\n\
         <form method=\"post\" action=\"?\">\n\
         <input type=\"hidden\" name=\"token\" value=\"{token}\">\n\
         <input type=\"hidden\" name=\"decision\" value=\"{decision}\">\n\
         <input type=\"hidden\" name=\"execution\" value=\"{execution}\">\n\
         <input type=\"hidden\" name=\"state\" value=\"{state}\">\n\
         <label for=\"by\">Your name (optional)</label>\n\
         <input id=\"by\" name=\"by\" maxlength=\"100\" autocomplete=\"name\">\n\
         <label for=\"comment\">Comment (optional)</label>\n\
         <input id=\"comment\" name=\"comment\" maxlength=\"500\" autocomplete=\"off\">\n\
         <button class=\"{decision}\">{label}</button>\n\
         </form>\n\
         <p><a href=\"{link}\">{other_label}</a></p>\n",
        link = Escaped(&link),
    );
    document(title, &main)
}
