-- The group key each beacon of the roster was last heard with: epoch is null while it was not heard. Its row goes with
-- the beacon. The bundle's own epoch is meta.group_epoch.
CREATE TABLE beacon (
    node  INTEGER NOT NULL PRIMARY KEY,
    epoch INTEGER,
    at    REAL
) STRICT;
