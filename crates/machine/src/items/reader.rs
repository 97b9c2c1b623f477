//! Reading without doing the input: what to fetch next, and what came of it.

use std::collections::VecDeque;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{InputType, Item, ReaderConfig, TransferError, csv, json as json_files, manifest};
use crate::command::ReadItems;
use crate::document::Document;
use crate::sentences;

/// Something to be fetched from S3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetch {
    /// The content of an object: answer with [`Reader::object`].
    Object {
        /// `Bucket`
        bucket: Arc<str>,
        /// `Key`
        key: Arc<str>,
        /// `VersionId`
        version_id: Option<Arc<str>>,
    },
    /// All objects of a bucket, page after page: answer with [`Reader::listed`].
    List {
        /// `Bucket`
        bucket: Arc<str>,
        /// `Prefix`
        prefix: Option<Arc<str>>,
    },
}

/// An object as `ListObjectsV2` tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// `Key`
    pub key: Arc<str>,
    /// `ETag`, with its quotes.
    pub etag: Arc<str>,
    /// `LastModified`, in seconds since 1970.
    pub last_modified_seconds: i64,
    /// `Size`, in bytes.
    pub size: u64,
    /// `StorageClass`
    pub storage_class: Arc<str>,
}

/// Reads the items of one map run: [`Self::next_fetch`] says what to fetch, until it says nothing more.
#[derive(Debug)]
pub struct Reader {
    config: ReaderConfig,
    pointer: Option<Arc<str>>,
    /// How many items are wanted.
    most: usize,
    waiting: VecDeque<(Fetch, Option<InputType>)>,
    current: Option<(Fetch, Option<InputType>)>,
    items: Vec<Item>,
}

impl Reader {
    /// A reader for what a map run asks for.
    ///
    /// # Errors
    /// When the parameters name no bucket or no key, or the configuration asks for what is not supported.
    pub fn new(read: &ReadItems) -> Result<Self, TransferError> {
        let parameters = read.parameters.value();
        let text = |name: &str| match parameters.get(name) {
            Some(Value::String(text)) => Some(Arc::from(text.as_str())),
            _ => None,
        };
        let required = |name: &str| text(name).ok_or_else(|| TransferError::reader(sentences::no_parameter(name)));
        let bucket = required("Bucket")?;
        if read.config.load_and_flatten && read.config.input_type.is_none() {
            return Err(TransferError::reader(sentences::no_parameter("InputType")));
        }
        let first = if read.resource.ends_with(":s3:listObjectsV2") {
            (Fetch::List { bucket, prefix: text("Prefix") }, None)
        } else {
            let input_type = read.config.input_type.clone();
            let input_type = input_type.ok_or_else(|| TransferError::reader(sentences::no_parameter("InputType")))?;
            (Fetch::Object { bucket, key: required("Key")?, version_id: text("VersionId") }, Some(input_type))
        };
        Ok(Self {
            config: read.config.clone(),
            pointer: read.items_pointer.clone(),
            most: usize::try_from(read.max_items).unwrap_or(usize::MAX),
            waiting: VecDeque::from([first]),
            current: None,
            items: Vec::new(),
        })
    }

    /// What to fetch next. None: everything is there.
    pub fn next_fetch(&mut self) -> Option<Fetch> {
        if self.items.len() >= self.most {
            return None;
        }
        self.current = self.waiting.pop_front();
        self.current.as_ref().map(|(fetch, _)| fetch.clone())
    }

    /// The content of the object that was asked for.
    ///
    /// # Errors
    /// When it is not in the form that was promised.
    pub fn object(&mut self, body: &[u8]) -> Result<(), TransferError> {
        let Some((Fetch::Object { bucket, key, .. }, Some(input_type))) = self.current.take() else { return Ok(()) };
        let body = manifest::unpacked(body)?;
        let source: Arc<str> = format!("S3://{bucket}/{key}").into();
        let most = self.most - self.items.len();
        let plain = |documents: Vec<Document>| {
            documents.into_iter().map(|value| Item { value, key: None, source: source.clone() }).collect::<Vec<_>>()
        };
        match input_type {
            InputType::Csv(format) => self.items.extend(plain(csv::rows(&body, &format, most)?)),
            InputType::Json => {
                self.items.extend(json_files::items(&body, self.pointer.as_deref(), &source, most)?);
            }
            InputType::JsonLines => self.items.extend(plain(json_files::lines(&body, most)?)),
            InputType::Inventory => {
                let (format, fetches) = manifest::inventory(&body)?;
                self.waiting.extend(fetches.into_iter().map(|fetch| (fetch, Some(InputType::Csv(format.clone())))));
            }
            InputType::Athena(inner) => {
                let fetches = manifest::athena(&body)?;
                self.waiting.extend(fetches.into_iter().map(|fetch| (fetch, Some((*inner).clone()))));
            }
        }
        Ok(())
    }

    /// The objects of the bucket that was asked for, in the order of their keys.
    pub fn listed(&mut self, objects: Vec<ListedObject>) {
        let Some((Fetch::List { bucket, .. }, _)) = self.current.take() else { return };
        if self.config.load_and_flatten {
            let input_type = self.config.input_type.clone();
            self.waiting.extend(objects.into_iter().map(|object| {
                let fetch = Fetch::Object { bucket: bucket.clone(), key: object.key, version_id: None };
                (fetch, input_type.clone())
            }));
            return;
        }
        let source: Arc<str> = format!("S3://{bucket}").into();
        let most = self.most - self.items.len();
        self.items.extend(objects.into_iter().take(most).map(|object| Item {
            value: Document::new(listed_item(&object)),
            key: None,
            source: source.clone(),
        }));
    }

    /// The items.
    pub fn finish(self) -> Arc<[Item]> {
        self.items.into()
    }
}

/// An object as an item; names and order as in recorded case
/// `scenarios/base_scenarios--map_item_reader_base_list_objects_v2.json`, the time as in
/// <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>.
fn listed_item(object: &ListedObject) -> Value {
    let mut item = Map::new();
    item.insert("Etag".into(), json!(&*object.etag));
    item.insert("LastModified".into(), json!(object.last_modified_seconds));
    item.insert("Key".into(), json!(&*object.key));
    item.insert("Size".into(), json!(object.size));
    item.insert("StorageClass".into(), json!(&*object.storage_class));
    item.into()
}
