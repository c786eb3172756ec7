-- How each radio heard each beacon last: one row a (source, beacon), replaced by a frame of a higher sequence only, so
-- that nothing that somebody recorded can make a place look better than it is. `radio` is the node number of the radio.
CREATE TABLE measured (
    source   TEXT NOT NULL,
    node     INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    radio    INTEGER,
    at       REAL NOT NULL,
    rssi     REAL,
    snr      REAL,
    hops     INTEGER,
    relay    INTEGER,
    PRIMARY KEY (source, node)
) STRICT, WITHOUT ROWID;
