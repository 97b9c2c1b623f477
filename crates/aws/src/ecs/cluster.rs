//! Clusters: `CreateCluster`, `DescribeClusters`, `ListClusters`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::state::Status;
use super::{Ecs, State, fault};
use crate::error::ServiceError;
use crate::place::Place;
use crate::wire::json::page;

/// A cluster. It has no settings that change anything here.
pub(super) struct Cluster {
    pub(super) name: String,
    pub(super) arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Create {
    pub(super) cluster_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Describe {
    #[serde(default)]
    clusters: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    max_results: Option<usize>,
    next_token: Option<String>,
}

/// The name in a name or an ARN of a cluster; nothing means `default`.
pub(super) fn name_of<'a>(place: &Place, cluster: Option<&'a str>) -> &'a str {
    let cluster = cluster.filter(|cluster| !cluster.is_empty()).unwrap_or("default");
    place.resource("ecs", cluster).and_then(|resource| resource.strip_prefix("cluster/")).unwrap_or(cluster)
}

impl State {
    /// The cluster of a name or an ARN.
    pub(super) fn cluster(&self, place: &Place, cluster: Option<&str>) -> Result<&Cluster, ServiceError> {
        self.clusters.get(name_of(place, cluster)).ok_or_else(fault::cluster_not_found)
    }

    fn describe(&self, cluster: &Cluster) -> Value {
        let count = |status: &[Status]| {
            self.tasks.iter().filter(|task| task.cluster == cluster.name && status.contains(&task.status())).count()
        };
        json!({
            "clusterArn": cluster.arn,
            "clusterName": cluster.name,
            "status": "ACTIVE",
            "registeredContainerInstancesCount": 0,
            "runningTasksCount": count(&[Status::Running]),
            "pendingTasksCount": count(&[Status::Provisioning, Status::Pending]),
            "activeServicesCount": 0,
            "statistics": [],
            "tags": [],
            "settings": [],
            "capacityProviders": [],
            "defaultCapacityProviderStrategy": [],
        })
    }
}

impl Ecs {
    pub(super) fn create_cluster(&self, request: Create) -> Result<Value, ServiceError> {
        let name = request.cluster_name.unwrap_or_else(|| "default".to_owned());
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        if name.is_empty() || name.len() > 255 || !name.chars().all(fits) {
            return Err(fault::invalid(
                "Cluster name should contain only letters, numbers, hyphens and underscores, up to 255.",
            ));
        }
        let mut state = self.state();
        if !state.clusters.contains_key(&name) {
            let arn = self.place.arn("ecs", &format!("cluster/{name}"));
            state.clusters.insert(name.clone(), Cluster { name: name.clone(), arn });
        }
        Ok(json!({"cluster": state.describe(&state.clusters[&name])}))
    }

    pub(super) fn describe_clusters(&self, request: Describe) -> Result<Value, ServiceError> {
        if request.clusters.len() > 100 {
            return Err(fault::invalid("Clusters cannot have more than 100 elements."));
        }
        let state = self.state();
        let names = if request.clusters.is_empty() { vec!["default".to_owned()] } else { request.clusters };
        let (mut clusters, mut failures) = (Vec::new(), Vec::new());
        for name in &names {
            if let Ok(cluster) = state.cluster(&self.place, Some(name)) {
                clusters.push(state.describe(cluster));
            } else {
                let arn = self.place.arn("ecs", &format!("cluster/{}", name_of(&self.place, Some(name))));
                failures.push(json!({"arn": arn, "reason": "MISSING"}));
            }
        }
        Ok(json!({"clusters": clusters, "failures": failures}))
    }

    pub(super) fn list_clusters(&self, request: &List) -> Result<Value, ServiceError> {
        let arns: Vec<String> = self.state().clusters.values().map(|cluster| cluster.arn.clone()).collect();
        list("clusterArns", arns, request.max_results, request.next_token.as_deref())
    }
}

/// A page of ARNs, 100 at most.
pub(super) fn list(
    member: &str,
    arns: Vec<String>,
    max_results: Option<usize>,
    next_token: Option<&str>,
) -> Result<Value, ServiceError> {
    let limit = match max_results {
        None => 100,
        Some(limit @ 1..=100) => limit,
        Some(_) => return Err(fault::invalid("maxResults must be between 1 and 100.")),
    };
    let (arns, next) = page(arns, next_token, limit, || fault::invalid("Invalid token."))?;
    let mut output = json!({member: arns});
    if let Some(next) = next {
        output["nextToken"] = next.into();
    }
    Ok(output)
}
