//! The tables of the queues.

use crate::database::Format;

/// Times are milliseconds since 1970. A message is *in flight* while `visible` lies ahead and it has a `receipt`, and
/// *delayed* while `visible` lies ahead and it has none. `tries` is what `received` was when the message came into this
/// queue: SQS counts receives across queues, a redrive policy those of its own queue. `enqueued` is what the retention
/// period counts from. `sequence` is there for messages of FIFO queues.
pub(super) static FORMAT: Format = Format {
    holds: "queues",
    application: *b"BSqs",
    version: 1,
    tables: "
    CREATE TABLE queue (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        created INTEGER NOT NULL,
        modified INTEGER NOT NULL,
        purged INTEGER,
        sequence INTEGER NOT NULL DEFAULT 0,
        attributes TEXT NOT NULL,
        tags TEXT NOT NULL
    );
    CREATE TABLE message (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        queue INTEGER NOT NULL REFERENCES queue (id),
        visible INTEGER NOT NULL,
        received INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        first_received INTEGER,
        receipt INTEGER,
        sent INTEGER NOT NULL,
        enqueued INTEGER NOT NULL,
        sequence INTEGER,
        group_id TEXT,
        deduplication_id TEXT,
        source TEXT,
        trace TEXT,
        uuid TEXT NOT NULL,
        md5 TEXT NOT NULL,
        attributes TEXT,
        body TEXT NOT NULL
    );
    CREATE INDEX message_by_visibility ON message (queue, visible, id);
    CREATE INDEX message_by_age ON message (queue, enqueued);
    CREATE INDEX message_by_order ON message (queue, id) WHERE sequence IS NOT NULL;
    CREATE INDEX message_by_group ON message (queue, group_id, id) WHERE sequence IS NOT NULL;
    CREATE TABLE deduplication (
        queue INTEGER NOT NULL REFERENCES queue (id),
        key TEXT NOT NULL,
        at INTEGER NOT NULL,
        uuid TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        PRIMARY KEY (queue, key)
    ) WITHOUT ROWID;
    CREATE INDEX deduplication_by_age ON deduplication (queue, at);
    ",
};
