-- What a gateway knows. All times named *_s are seconds of service (counted only while a gateway runs, see ledger.py),
-- so that no jump of the wall clock purges or revives anything; times named *_at are Unix seconds, written down only.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value ANY
) STRICT, WITHOUT ROWID;

-- The highest sequence of each beacon, and the tag of its last pulse. Outlives every purge, never falls.
CREATE TABLE mark (
    node     INTEGER NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL,
    pulse    BLOB NOT NULL
) STRICT;

-- Every alert ever settled: the identity is (node, sequence), a second tag is a clone or a rollback. Outlives every
-- purge. `of` is the sequence of the alert it belongs to; `closed` is set on that one (cleared or cancelled).
CREATE TABLE alert (
    node     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    tag      BLOB NOT NULL,
    of       INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    event    TEXT NOT NULL,
    at       REAL NOT NULL,
    heard    INTEGER NOT NULL,
    closed   INTEGER NOT NULL,
    PRIMARY KEY (node, sequence, tag)
) STRICT, WITHOUT ROWID;

-- The first 64 hearings of an alert; the rest is a number in alert.heard.
CREATE TABLE hearing (
    id       INTEGER PRIMARY KEY,
    node     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    tag      BLOB NOT NULL,
    source   TEXT NOT NULL,
    at       REAL NOT NULL,
    rssi     REAL,
    snr      REAL,
    hops     INTEGER,
    kept_s   INTEGER NOT NULL
) STRICT;

-- What must reach a dashboard. Open while closed_s is null; then kept, because a store may come back from a backup.
-- The highest row is never deleted, so no row is ever given twice.
CREATE TABLE outbox (
    row       INTEGER PRIMARY KEY,
    body      BLOB NOT NULL,
    closed_s  INTEGER,
    store     TEXT,
    store_row INTEGER
) STRICT;
CREATE INDEX outbox_open ON outbox (row) WHERE closed_s IS NULL;
CREATE INDEX outbox_store ON outbox (store, store_row) WHERE store IS NOT NULL;

-- The stores that have settled rows, and the highest row each has said.
CREATE TABLE store (
    id   TEXT NOT NULL PRIMARY KEY,
    mark INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What people said, until their beacon has shown that it knows, or it expired.
CREATE TABLE answer (
    id       TEXT NOT NULL PRIMARY KEY,
    node     INTEGER NOT NULL,
    of       INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    tag      BLOB NOT NULL,
    answer   INTEGER NOT NULL,
    ordinal  INTEGER NOT NULL,
    captain  TEXT,
    state    TEXT NOT NULL,
    boot     TEXT NOT NULL,
    until    REAL NOT NULL,
    kept_s   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Echoes given in gateway pulses: issued at `issued` on the steady clock of boot `boot`.
CREATE TABLE echo (
    at     INTEGER PRIMARY KEY AUTOINCREMENT,
    value  INTEGER NOT NULL UNIQUE,
    boot   TEXT NOT NULL,
    issued REAL NOT NULL
) STRICT;

CREATE TABLE refused (
    minute INTEGER NOT NULL,
    reason TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (minute, reason)
) STRICT, WITHOUT ROWID;

CREATE TABLE sample (
    place   INTEGER NOT NULL PRIMARY KEY,
    reason  TEXT NOT NULL,
    node    INTEGER,
    at      REAL NOT NULL,
    port    INTEGER,
    payload BLOB NOT NULL,
    why     TEXT NOT NULL
) STRICT;

-- The newest number of each dashboard, so that an old `watch` brought back by a broker is not believed.
CREATE TABLE heartbeat (
    sender BLOB NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
