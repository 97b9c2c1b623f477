//! Putting a stack together: each resource in turn, then what connects them.

use std::collections::BTreeMap;

use crate::codes;
use crate::dependency;
use crate::evaluate::Evaluator;
use crate::localize::Localizer;
use crate::problem::Problem;
use crate::resource::{Reader, ResourceType, Treatment};
use crate::stack::{Authorization, BucketNotification, Effect, Other, Output, Route, Span, Stack};
use crate::syntax::{Data, Node, Place, Places};
use crate::template::{IMPLICIT_HTTP_API, IMPLICIT_REST_API, Resource};

/// A stack in the making.
pub(crate) struct Assembly<'a> {
    pub(crate) stack: Stack,
    pub(crate) routes: Vec<PendingRoute>,
    pub(crate) notifications: Vec<PendingNotification>,
    /// The ARNs of queues and topics that something is fed by, each of which should be one of the stack's.
    pub(crate) sources: Vec<(String, Place)>,
    places: &'a Places,
}

/// A route whose API may come later.
pub(crate) struct PendingRoute {
    /// The API's id.
    pub(crate) api: String,
    pub(crate) place: Place,
    /// What the route itself asks for.
    pub(crate) authorization: Option<Authorization>,
    pub(crate) route: Route,
}

/// A function's `S3` event, whose bucket may come later.
pub(crate) struct PendingNotification {
    /// The bucket's name.
    pub(crate) bucket: String,
    pub(crate) place: Place,
    pub(crate) notification: BucketNotification,
}

impl<'a> Assembly<'a> {
    pub(crate) fn span(&self, place: Place) -> Span {
        self.places.span(place)
    }

    /// The stack of an evaluated template.
    pub(crate) fn build(evaluator: &'a Evaluator<'a>, places: &'a Places) -> Stack {
        let settings = evaluator.settings;
        let parameters = evaluator.template.parameters.iter().filter_map(|parameter| {
            let node = evaluator.parameter(&parameter.name, parameter.place);
            // As `DescribeStacks` shows what isn't to be shown.
            if parameter.hidden {
                return Some((parameter.name.clone(), "****".to_owned()));
            }
            let value = match &node.data {
                Data::List(items) => items.iter().filter_map(Node::scalar_text).collect::<Vec<_>>().join(","),
                _ => node.scalar_text()?,
            };
            Some((parameter.name.clone(), value))
        });
        let stack = Stack {
            name: settings.stack_name.clone(),
            region: settings.region.clone(),
            account_id: settings.account_id.clone(),
            partition: settings.partition.clone(),
            description: evaluator.template.description.clone(),
            parameters: parameters.collect(),
            functions: Vec::new(),
            state_machines: Vec::new(),
            activities: Vec::new(),
            tables: Vec::new(),
            queues: Vec::new(),
            topics: Vec::new(),
            subscriptions: Vec::new(),
            event_source_mappings: Vec::new(),
            buckets: Vec::new(),
            apis: Vec::new(),
            clusters: Vec::new(),
            task_definitions: Vec::new(),
            log_groups: Vec::new(),
            event_buses: Vec::new(),
            rules: Vec::new(),
            schedules: Vec::new(),
            others: Vec::new(),
            outputs: Vec::new(),
        };
        let mut assembly = Self { stack, routes: Vec::new(), notifications: Vec::new(), sources: Vec::new(), places };
        dependency::check(evaluator);
        // Those that nothing uses, too: what is wrong with them is wrong all the same.
        for name in evaluator.template.conditions.keys() {
            evaluator.condition(name);
        }
        let localizer = Localizer::new(evaluator);
        for resource in &evaluator.template.resources {
            if evaluator.is_in_stack(resource) {
                assembly.add(evaluator, &localizer, resource);
            }
        }
        assembly.connect(evaluator);
        check_names(evaluator);
        assembly.stack.outputs = outputs(evaluator, &localizer, places);
        assembly.stack
    }

    fn add(&mut self, evaluator: &Evaluator<'_>, localizer: &Localizer<'_>, resource: &Resource) {
        // What it waits for has to be there, as much as what it refers to.
        for (name, place) in &resource.depends_on {
            evaluator.is_active(name, *place);
        }
        let kind = resource.kind.unwrap_or(&ResourceType::BASE);
        let expression = evaluator.template.properties(resource);
        let Some(mut properties) = evaluator.evaluate(&expression) else { return };
        let identity = evaluator.identity(&resource.logical_id);
        let identity = identity.unwrap_or_else(|| evaluator.stand_in(&resource.logical_id));
        let Treatment::Run(read) = kind.treatment else {
            if resource.owner.is_none() {
                self.add_other(evaluator, resource, kind, identity.reference);
            }
            return;
        };
        // What SAM makes for an event is put into the stack with the event.
        let is_api = resource.logical_id == IMPLICIT_REST_API || resource.logical_id == IMPLICIT_HTTP_API;
        if resource.owner.is_some() && !is_api {
            return;
        }
        localizer.localize(&mut properties);
        let mut metadata = resource.metadata.as_ref().and_then(|metadata| evaluator.evaluate(metadata));
        if let Some(metadata) = &mut metadata {
            localizer.localize(metadata);
        }
        let reader =
            Reader { resource, identity: &identity, properties: &properties, metadata: metadata.as_ref(), evaluator };
        let fields = reader.fields();
        for name in kind.required {
            if !fields.has(name) {
                fields.missing(name);
            }
        }
        // The identity is made of it, so that nothing else reads it.
        if let Some(name) = kind.name_property {
            fields.text(name);
        }
        read(&reader, self);
    }

    fn add_other(&mut self, evaluator: &Evaluator<'_>, resource: &Resource, kind: &ResourceType, reference: String) {
        let is_harmless = matches!(kind.treatment, Treatment::Harmless);
        // A mistyped type is reported as such.
        let is_typo = resource.kind.is_none() && crate::resource::closest(&resource.type_name).is_some();
        if !is_harmless && !is_typo {
            evaluator.problems.add(Problem::warning(
                codes::UNKNOWN_RESOURCE_TYPE,
                resource.type_place,
                format!("a local run has no {}; `{}` is listed only", resource.type_name, resource.logical_id),
            ));
        }
        self.stack.others.push(Other {
            logical_id: resource.logical_id.clone(),
            span: self.span(resource.place),
            type_name: resource.type_name.clone(),
            reference,
            effect: if is_harmless { Effect::Harmless } else { Effect::NotEmulated },
        });
    }

    /// Hangs routes below their APIs and notifications below their buckets.
    fn connect(&mut self, evaluator: &Evaluator<'_>) {
        let unknown = |place, article: &str, what: &str, name: &str| {
            evaluator.problems.add(
                Problem::warning(
                    codes::EVENT_SOURCE_UNKNOWN,
                    place,
                    format!("the stack has no {what} `{name}`, so that a local run delivers nothing here"),
                )
                .help(format!("refer by `!Ref` to {article} {what} of this template")),
            );
        };
        for pending in std::mem::take(&mut self.routes) {
            let Some(api) = self.stack.apis.iter_mut().find(|api| api.id == pending.api) else {
                unknown(pending.place, "an", "API", &pending.api);
                continue;
            };
            let mut route = pending.route;
            route.authorization = pending.authorization.unwrap_or(api.default_authorization);
            let taken = api.routes.iter().find(|other| other.path == route.path && other.method == route.method);
            if let Some(taken) = taken {
                let message =
                    format!("the API `{}` has the route {} {} twice", api.logical_id, route.method, route.path);
                let help = format!("the event `{}` has it already; change or remove one", taken.event);
                evaluator.problems.add(Problem::error(codes::ROUTE_CONFLICT, pending.place, message).help(help));
                continue;
            }
            api.routes.push(route);
        }
        // SAM makes an API only for events that use it; a condition may have taken them away.
        self.stack.apis.retain(|api| !api.implicit || !api.routes.is_empty());
        for pending in std::mem::take(&mut self.notifications) {
            match self.stack.buckets.iter_mut().find(|bucket| bucket.name == pending.bucket) {
                Some(bucket) => bucket.notifications.push(pending.notification),
                None => unknown(pending.place, "a", "bucket", &pending.bucket),
            }
        }
        for (arn, place) in std::mem::take(&mut self.sources) {
            let is_queue = arn.split(':').nth(2) == Some("sqs");
            let known = if is_queue {
                self.stack.queues.iter().any(|queue| queue.arn == arn)
            } else {
                self.stack.topics.iter().any(|topic| topic.arn == arn)
            };
            if !known {
                unknown(place, "a", if is_queue { "queue" } else { "topic" }, &arn);
            }
        }
    }
}

/// Reports two resources of one kind and name, which AWS would refuse.
fn check_names(evaluator: &Evaluator<'_>) {
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for resource in &evaluator.template.resources {
        let Some(kind) = resource.kind else { continue };
        let is_run = matches!(kind.treatment, Treatment::Run(_)) && kind.name_property.is_some();
        if !is_run || resource.owner.is_some() || !evaluator.is_in_stack(resource) {
            continue;
        }
        let Some(identity) = evaluator.identity(&resource.logical_id) else { continue };
        // The first attribute of each of these types is the ARN, which tells what may not be there twice: the plain
        // and the serverless type of a resource share their names, while rules of two buses don't.
        let Some(arn) = kind.attributes.first() else { continue };
        let arn = evaluator.attribute(&resource.logical_id, arn.name, resource.place).scalar_text();
        if let Some(other) = arn.and_then(|arn| taken.insert(arn, &resource.logical_id)) {
            let message = format!("`{}` and `{other}` are both named `{}`", resource.logical_id, identity.name);
            evaluator.problems.add(
                Problem::error(codes::DUPLICATE_NAME, resource.place, message)
                    .help("give one of them another name, or none, so that it gets one of its own"),
            );
        }
    }
}

fn outputs(evaluator: &Evaluator<'_>, localizer: &Localizer<'_>, places: &Places) -> Vec<Output> {
    let declarations = evaluator.template.outputs.iter();
    let active =
        declarations.filter(|output| evaluator.holds(output.condition.as_ref().map(|(name, _)| name.as_str())));
    let outputs = active.filter_map(|output| {
        let what = format!("the value of the output `{}`", output.name);
        let Some(mut node) = evaluator.evaluate(&output.value) else {
            evaluator.fail(output.value.place, format!("{what} can't be `AWS::NoValue`"));
            return None;
        };
        localizer.localize(&mut node);
        let value = evaluator.as_text(&node, &what)?;
        let export_name = output.export_name.as_ref().and_then(|name| evaluator.text(name, "the name of an export"));
        Some(Output {
            name: output.name.clone(),
            span: places.span(output.place),
            value,
            description: output.description.clone(),
            export_name,
        })
    });
    outputs.collect()
}
