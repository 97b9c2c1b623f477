use std::future::Future;
use std::time::Duration;

use batch::BatchId;
use json_service::{JsonService, Settings};
use serde_json::{Map, Value};
use support::environment;

use crate::Error;

/// The longest document, as JSON text in bytes, that goes on with a batch. It is stored and told with the result.
const LONGEST: usize = 4096;

/// Port: who knows more about a batch.
pub trait Enrichment {
    /// What is known about it; none when nothing is.
    fn about(&self, batch_id: &BatchId) -> impl Future<Output = Result<Option<Map<String, Value>>, Error>>;
}

/// Who the environment says to ask.
#[derive(Debug)]
pub enum Source {
    /// Nobody: no `ENRICHMENT_API_URL` is set. Needs no network.
    Nobody,
    /// The service at `ENRICHMENT_API_URL`.
    Http(HttpEnrichment),
}

/// A service over HTTP: [`JsonService`] with the placeholder `{batch_id}`. It answers with a JSON object.
#[derive(Debug)]
pub struct HttpEnrichment(JsonService);

impl Source {
    /// `ENRICHMENT_API_URL` (with `ENRICHMENT_TIMEOUT_MS`, 2000 unless told), else nobody.
    pub fn from_environment() -> Result<Self, support::Error> {
        let Some(address) = environment::optional("ENRICHMENT_API_URL") else { return Ok(Self::Nobody) };
        let timeout = Duration::from_millis(environment::parsed("ENRICHMENT_TIMEOUT_MS", 2000)?);
        Ok(Self::Http(HttpEnrichment::new(&address, timeout)?))
    }
}

impl HttpEnrichment {
    /// A service at `address` that is given `timeout` for a whole answer.
    pub fn new(address: &str, timeout: Duration) -> Result<Self, support::Error> {
        let service = JsonService::new(Settings {
            variable: "ENRICHMENT_API_URL",
            address,
            timeout_variable: "ENRICHMENT_TIMEOUT_MS",
            timeout,
            placeholder: "{batch_id}",
            user_agent: concat!("batuta-prepare-batch/", env!("CARGO_PKG_VERSION")),
        })?;
        Ok(Self(service))
    }
}

impl Enrichment for Source {
    async fn about(&self, batch_id: &BatchId) -> Result<Option<Map<String, Value>>, Error> {
        match self {
            Self::Nobody => Ok(None),
            Self::Http(service) => service.about(batch_id).await,
        }
    }
}

impl Enrichment for HttpEnrichment {
    async fn about(&self, batch_id: &BatchId) -> Result<Option<Map<String, Value>>, Error> {
        let Self(service) = self;
        let answer: Option<Map<String, Value>> = service
            .ask(batch_id.as_str())
            .await
            .and_then(|answer| match answer {
                Some(document) if length(&document) > LONGEST => {
                    Err(service.outage(&format!("its document is longer than {LONGEST} bytes")))
                }
                other => Ok(other),
            })
            .map_err(|outage| Error::EnrichmentUnavailable {
                batch_id: batch_id.clone(),
                reason: outage.to_string(),
            })?;
        tracing::info!(known = answer.is_some(), service = service.host(), "enrichment asked");
        Ok(answer)
    }
}

fn length(document: &Map<String, Value>) -> usize {
    // Without its names' and values' quotes it would be as long or shorter; as text is how it is stored.
    serde_json::to_string(document).map_or(usize::MAX, |text| text.len())
}
