//! What is different about a resolved value in a local run.
//!
//! The URL of an API is put together by templates themselves, as `https://${Api}.execute-api.${AWS::Region}.amazonaws.com/
//! ${Stage}`. No local server answers to that host name, and giving it a name would need the machine's administrator. So
//! a text that begins like this, with the id of one of the stack's own APIs, is turned into
//! `<endpoint>/_aws/execute-api/<id>/<stage>`. Only whole property values are: a text on its way through `Fn::Select` and
//! `Fn::Split` is what it is in AWS, so that taking a host name from a URL still works.

use crate::codes;
use crate::evaluate::Evaluator;
use crate::problem::{Problem, Problems};
use crate::syntax::{Data, Node};

/// Rewrites values for one local endpoint.
pub(crate) struct Localizer<'a> {
    endpoint: Option<&'a str>,
    /// The host of each API, its id, and whether its stage isn't a part of its URLs.
    apis: Vec<(String, String, bool)>,
    problems: &'a Problems,
}

impl<'a> Localizer<'a> {
    pub(crate) fn new(evaluator: &'a Evaluator<'_>) -> Self {
        let settings = evaluator.settings;
        let resources = evaluator.template.resources.iter().filter(|resource| {
            matches!(resource.type_name.as_str(), "AWS::Serverless::Api" | "AWS::Serverless::HttpApi")
        });
        let apis = resources.filter_map(|resource| {
            let id = evaluator.identity(&resource.logical_id)?.reference;
            let has_stage = resource.type_name == "AWS::Serverless::Api"
                || evaluator.template.property(resource, "StageName").is_some();
            Some((format!("https://{}", settings.api_host(&id)), id, !has_stage))
        });
        Self { endpoint: settings.endpoint.as_deref(), apis: apis.collect(), problems: evaluator.problems }
    }

    /// Rewrites every text of a value. The recursion is bounded, because the document's depth is.
    pub(crate) fn localize(&self, node: &mut Node) {
        match &mut node.data {
            Data::Text(text) => {
                if text.contains("{{resolve:") {
                    let message = "a dynamic reference `{{resolve:…}}` can be followed only by AWS";
                    self.problems.add(
                        Problem::error(codes::DYNAMIC_REFERENCE, node.place, message)
                            .help("make it a parameter, and give the value for the local run"),
                    );
                } else if let Some(local) = self.local(text) {
                    *text = local;
                }
            }
            Data::List(items) => items.iter_mut().for_each(|item| self.localize(item)),
            Data::Map(entries) => entries.iter_mut().for_each(|entry| self.localize(&mut entry.value)),
            Data::Null | Data::Boolean(_) | Data::Number(_) | Data::Unresolved => {}
        }
    }

    fn local(&self, text: &str) -> Option<String> {
        let endpoint = self.endpoint?;
        if !text.starts_with("https://") {
            return None;
        }
        self.apis.iter().find_map(|(host, id, without_stage)| {
            let rest = text.strip_prefix(host.as_str())?;
            let is_host = rest.is_empty() || rest.starts_with(['/', '?']);
            let stage = if *without_stage { "/$default" } else { "" };
            is_host.then(|| format!("{}/_aws/execute-api/{id}{stage}{rest}", endpoint.trim_end_matches('/')))
        })
    }
}
