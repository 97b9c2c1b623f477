//! The cloud: its services, its port, and the doors for those who embed it.

mod config;
mod data;
mod ecs;
mod events;
mod logs;
mod mapping;
mod s3;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use self::config::check;
pub use self::config::{Config, endpoint};
use self::data::Data;
use crate::apigateway::{ApiGateway, ApiRequest, ApiResponse, RouteSpec};
use crate::dynamodb::{DynamoDb, DynamoDbFront};
use crate::ecs::{Ecs, Parts};
use crate::error::{Error, ServiceError};
use crate::events::{Events, Targets};
use crate::feed::Feed;
use crate::front::{self, Front, Guard};
use crate::functions::{FunctionSlot, Functions};
use crate::lambda::{self, Invocations, Lambda};
use crate::logs::Logs;
use crate::place::Place;
use crate::s3::S3;
use crate::service::{JsonService, Service, ServiceReply};
use crate::sns::{self, Mail, Publication, Sns};
use crate::spec::{QueueSpec, SubscriptionSpec, TopicSpec};
use crate::sqs::mapping::MappingSpec;
use crate::sqs::{Queue, Queues, Sqs};
use crate::sts::Sts;
use crate::wire::json::AwsJson;

/// How long [`Cloud::shutdown`] waits for what is under way.
const SHUTDOWN: Duration = Duration::from_secs(5);

/// A running cloud. Clones are handles to the same one; when the last is dropped it stops.
#[derive(Clone)]
pub struct Cloud {
    shared: Arc<Shared>,
}

struct Shared {
    endpoint: String,
    place: Place,
    services: HashMap<&'static str, Arc<dyn Service>>,
    dynamodb: Arc<DynamoDb>,
    sqs: Arc<Sqs>,
    queues: Arc<dyn Queues>,
    sns: Arc<Sns>,
    invocations: Arc<Invocations>,
    s3: Arc<S3>,
    logs: Arc<Logs>,
    ecs: Arc<Ecs>,
    events: Arc<Events>,
    api: Arc<ApiGateway>,
    front: Arc<Front>,
    functions: Arc<FunctionSlot>,
    mappings: Mutex<Vec<(MappingSpec, String)>>,
    tracker: TaskTracker,
    cancel: CancellationToken,
    /// Cancelled once connections are answered.
    opened: CancellationToken,
    _stop: DropGuard,
}

impl std::fmt::Debug for Cloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cloud").field("endpoint", &self.shared.endpoint).finish_non_exhaustive()
    }
}

impl Cloud {
    /// Starts the services and listens. Must be called within a Tokio runtime with time and I/O enabled.
    ///
    /// # Errors
    /// [`Error::Bind`] when the port is taken, [`Error::Data`] when the data directory can't be used, and
    /// [`Error::Invalid`] when the account isn't twelve digits or the region is empty.
    pub async fn start(config: Config) -> Result<Self, Error> {
        Self::start_for(config, front::server::MAX_CONNECTIONS).await
    }

    /// Starts it for so many connections at the same time.
    pub(crate) async fn start_for(config: Config, most: usize) -> Result<Self, Error> {
        check(&config)?;
        let listener =
            TcpListener::bind(config.bind).await.map_err(|source| Error::Bind { address: config.bind, source })?;
        let address = listener.local_addr().map_err(|source| Error::Bind { address: config.bind, source })?;
        let endpoint = endpoint(address);
        let place = Place { region: config.region, account: config.account_id };
        let folder = config.data.clone().unwrap_or_default();
        let left =
            |file: &str, error: &ServiceError| Error::Data { path: folder.join(file), reason: error.to_string() };
        let Data { tables, queues, topics, invocations, logs, s3 } = data::open(config.data, &place, &endpoint).await?;
        let (logs, s3) = (Arc::new(logs), Arc::new(s3));

        let cancel = CancellationToken::new();
        let tracker = TaskTracker::new();
        let functions = Arc::new(FunctionSlot::default());
        if let Some(host) = config.functions {
            functions.attach(host);
        }
        let queues: Arc<dyn Queues> = Arc::new(queues);
        let dynamodb = Arc::new(DynamoDb::new(Arc::new(tables), place.clone()));
        let sqs = Arc::new(Sqs { queues: Arc::clone(&queues), place: place.clone() });
        let invocations = Invocations::new(
            invocations,
            lambda::Surroundings {
                place: place.clone(),
                functions: Arc::clone(&functions),
                queues: Arc::clone(&queues),
                tracker: tracker.clone(),
                cancel: cancel.clone(),
            },
        );
        let sns = Sns::new(
            topics,
            sns::Surroundings {
                place: place.clone(),
                endpoint: endpoint.clone(),
                queues: Arc::clone(&queues),
                functions: Arc::clone(&functions),
                invocations: Arc::clone(&invocations),
                tracker: tracker.clone(),
                cancel: cancel.clone(),
            },
        );
        let topics: Arc<dyn Service> = Arc::<Sns>::clone(&sns);
        invocations.set_topics(Arc::downgrade(&topics));
        let lambda = Arc::new(Lambda {
            place: place.clone(),
            functions: Arc::clone(&functions),
            invocations: Arc::clone(&invocations),
        });
        let ecs = Ecs::new(Parts {
            place: place.clone(),
            endpoint: endpoint.clone(),
            logs: Arc::clone(&logs),
            log: config.container_log,
            tracker: tracker.clone(),
            cancel: cancel.clone(),
        });
        // The registry holds the services that events go to: events must not hold it.
        let json = Arc::<RwLock<_>>::default();
        let targets = Targets {
            invocations: Arc::clone(&invocations),
            queues: Arc::clone(&queues),
            topics: Arc::<Sns>::clone(&sns),
            logs: logs.writer(),
            json: Arc::downgrade(&json),
        };
        let events = Events::new(place.clone(), targets, tracker.clone());
        let buses: Arc<dyn Service> = Arc::new(AwsJson(Arc::clone(&events)));
        invocations.set_events(Arc::downgrade(&buses));
        let sts = Arc::new(Sts { place: place.clone() });
        let api = Arc::new(ApiGateway::new(place.clone(), endpoint.clone(), Arc::clone(&functions), tracker.clone()));

        let front = Arc::new(Front {
            guard: Guard {
                allowed: config.allowed_hosts.iter().map(|name| name.to_ascii_lowercase()).collect(),
                any_address: !address.ip().is_loopback(),
            },
            json: Arc::clone(&json),
            sns: Arc::clone(&sns),
            sts: Arc::clone(&sts),
            s3: Arc::clone(&s3),
            lambda,
            api: Arc::clone(&api),
            room: Semaphore::new(front::ROOM),
        });
        for prefix in ["DynamoDB_20120810", "DynamoDBStreams_20120810"] {
            front.register(Arc::new(DynamoDbFront { service: Arc::clone(&dynamodb), prefix }));
        }
        front.register(Arc::<Sqs>::clone(&sqs));
        front.register(Arc::new(AwsJson(Arc::clone(&logs))));
        front.register(Arc::new(AwsJson(Arc::clone(&ecs))));
        front.register(Arc::new(AwsJson(Arc::clone(&events))));
        let services: [Arc<dyn Service>; 8] = [
            Arc::<DynamoDb>::clone(&dynamodb),
            Arc::<Sqs>::clone(&sqs),
            Arc::<Sns>::clone(&sns),
            sts,
            Arc::<S3>::clone(&s3),
            Arc::new(AwsJson(Arc::clone(&logs))),
            Arc::new(AwsJson(Arc::clone(&ecs))),
            buses,
        ];
        sns.resume().await.map_err(|error| left("sns.sqlite", &error))?;
        invocations.resume().await.map_err(|error| left("lambda.sqlite", &error))?;
        let opened = CancellationToken::new();
        if !config.hold {
            opened.cancel();
        }
        let serving = front::server::serve(listener, Arc::clone(&front), most, cancel.clone(), tracker.clone());
        let (opening, closing) = (opened.clone(), cancel.clone());
        tracker.spawn(async move {
            tokio::select! {
                () = opening.cancelled() => serving.await,
                () = closing.cancelled() => {}
            }
        });
        Ok(Self {
            shared: Arc::new(Shared {
                endpoint,
                place,
                services: services.into_iter().map(|service| (service.name(), service)).collect(),
                dynamodb,
                sqs,
                queues,
                sns,
                invocations,
                s3,
                logs,
                ecs,
                events,
                api,
                front,
                functions,
                mappings: Mutex::default(),
                tracker,
                _stop: cancel.clone().drop_guard(),
                cancel,
                opened,
            }),
        })
    }

    /// `http://127.0.0.1:<port>`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.shared.endpoint
    }

    /// Answers the connections that [`Config::hold`] has kept waiting, and all that come.
    pub fn open(&self) {
        self.shared.opened.cancel();
    }

    /// Region of all resources.
    pub fn region(&self) -> &str {
        &self.shared.place.region
    }

    /// Account of all resources.
    pub fn account_id(&self) -> &str {
        &self.shared.place.account
    }

    /// Stops: no new connections, requests under way may finish for three seconds, queues and mappings end. Batches that
    /// functions work on are waited for, five seconds at most in all. ECS tasks are killed. The log database is closed.
    pub async fn shutdown(&self) {
        let shared = &self.shared;
        shared.cancel.cancel();
        shared.queues.end_waiting().await;
        shared.tracker.close();
        if tokio::time::timeout(SHUTDOWN, shared.tracker.wait()).await.is_err() {
            tracing::warn!(tasks = shared.tracker.len(), "some tasks were still busy when the cloud stopped");
        }
        shared.ecs.close();
        shared.sns.close().await;
        shared.invocations.close().await;
        shared.queues.close().await;
        shared.logs.close().await;
    }

    /// Attaches the function host. It must not own a handle of this cloud, or neither of the two is ever dropped.
    ///
    /// # Errors
    /// [`Error::Registered`] when there is one already.
    pub fn attach_functions(&self, functions: Arc<dyn Functions>) -> Result<(), Error> {
        if self.shared.functions.attach(functions) {
            Ok(())
        } else {
            Err(Error::Registered("a function host".to_owned()))
        }
    }

    /// Adds a service that is called by its prefix in `X-Amz-Target`, like Step Functions.
    ///
    /// # Errors
    /// [`Error::Registered`] when the prefix is taken.
    pub fn register(&self, service: Arc<dyn JsonService>) -> Result<(), Error> {
        let prefix = service.target_prefix();
        if self.shared.front.register(service) {
            Ok(())
        } else {
            Err(Error::Registered(format!("the target prefix {prefix}")))
        }
    }

    /// Calls a service in process: `call("sqs", "SendMessage", {"QueueUrl": …, "MessageBody": …})`. Members are named as
    /// in the service's API, and typed as in its model: a message is text, not an object.
    ///
    /// # Errors
    /// The service's error reply; for a service that isn't emulated, the code `NotEmulated` with status 501.
    pub async fn call(&self, service: &str, action: &str, request: Value) -> Result<ServiceReply, ServiceError> {
        if let Some(service) = self.shared.services.get(service) {
            return service.call(action, request).await;
        }
        let mut known: Vec<&str> = self.shared.services.keys().copied().collect();
        known.sort_unstable();
        let sentence = format!("The service {service} is not emulated here; emulated are {}", known.join(", "));
        Err(ServiceError::new(501, "NotEmulated", sentence))
    }

    /// Calls a REST API in process.
    pub async fn api_invoke(&self, request: ApiRequest) -> ApiResponse {
        self.shared.api.invoke(request).await
    }

    /// Makes a table from a `CreateTable` request, or finds it. Returns its ARN.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a table of that name has other keys or indexes, [`Error::Refused`] when `DynamoDB` refuses
    /// the request.
    pub async fn create_table(&self, request: Value) -> Result<String, Error> {
        self.shared.dynamodb.furnish(request).await
    }

    /// Makes a queue, or finds it and sets the given attributes; those that are not given stay as they are.
    ///
    /// # Errors
    /// [`Error::Refused`] when SQS refuses the request.
    pub async fn create_queue(&self, spec: &QueueSpec) -> Result<Queue, Error> {
        self.shared.sqs.furnish(&spec.name, &spec.attributes, &spec.tags).await
    }

    /// Makes a topic, or finds it and sets the given attributes; those that are not given stay as they are. Returns its ARN.
    ///
    /// # Errors
    /// [`Error::Refused`] when SNS refuses the request.
    pub async fn create_topic(&self, spec: &TopicSpec) -> Result<String, Error> {
        self.shared.sns.furnish_topic(&spec.name, &spec.attributes).await
    }

    /// Makes a subscription, or finds it and sets the given attributes; those that are not given stay as they are. Returns
    /// its ARN.
    ///
    /// # Errors
    /// [`Error::Refused`] when SNS refuses the request.
    pub async fn subscribe(&self, spec: &SubscriptionSpec) -> Result<String, Error> {
        let SubscriptionSpec { topic_arn, protocol, endpoint, attributes } = spec;
        self.shared.sns.furnish_subscription(topic_arn, protocol, endpoint, attributes).await
    }

    /// Adds a route to a REST API, or finds it. Returns the URL that its path template stands for.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the route calls another function, [`Error::Invalid`] when method or path can't be.
    pub fn add_route(&self, spec: &RouteSpec) -> Result<String, Error> {
        self.shared.api.add(spec)
    }

    /// What people would have received: mails, text messages, and what was published to topics without subscriptions.
    pub fn mailbox(&self) -> &Feed<Mail> {
        &self.shared.sns.mailbox
    }

    /// Everything that was published to topics.
    pub fn published(&self) -> &Feed<Publication> {
        &self.shared.sns.published
    }
}
