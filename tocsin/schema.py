"""What the store's file looks like, and how one of an older version becomes one of this.

Each entry of `MIGRATIONS` takes the schema one version forward; an empty file goes through all of them. An entry that has been released is
never changed: what comes new is appended.
"""

from __future__ import annotations

import sqlite3

MIGRATIONS = (
    """
CREATE TABLE feeds (url TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE watched (url TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE alerts (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, incident TEXT NOT NULL, at REAL NOT NULL, body BLOB NOT NULL);
CREATE TABLE outbox (
  sink TEXT NOT NULL, seq INTEGER NOT NULL, alert_id TEXT NOT NULL, incident TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, due REAL NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
  changed REAL NOT NULL DEFAULT 0,
  PRIMARY KEY (sink, alert_id)
) WITHOUT ROWID;
CREATE INDEX outbox_pending ON outbox (sink, seq) WHERE state = 'pending';
CREATE INDEX outbox_order ON outbox (sink, incident, seq) WHERE state = 'pending';
CREATE TABLE dead_letters (
  id TEXT PRIMARY KEY, segment TEXT NOT NULL, kind TEXT NOT NULL, value BLOB NOT NULL, error TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 1, at REAL NOT NULL, version TEXT NOT NULL
);
CREATE TABLE sums (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
""",
    # 2: where an alert comes from, to tell how long it took
    """
ALTER TABLE alerts ADD COLUMN published REAL;
ALTER TABLE alerts ADD COLUMN fetched REAL;
ALTER TABLE alerts ADD COLUMN processed REAL;
""",
    # 3: the deliveries of one alert
    """
CREATE INDEX outbox_alert ON outbox (alert_id);
""",
    # 4: under which trace an alert was raised
    """
ALTER TABLE alerts ADD COLUMN trace TEXT NOT NULL DEFAULT '';
""",
)
SCHEMA_VERSION = len(MIGRATIONS)


def version_of(db: sqlite3.Connection) -> int:
    """The schema a file has; 0 where it is empty."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(db: sqlite3.Connection) -> None:
    """Bring an empty or older file to this version: wholly, or not at all. Not for a newer one.

    Raises:
        sqlite3.Error: it could not be written; it is as it was.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        for statement in _statements(MIGRATIONS[version_of(db) :]):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _statements(scripts: tuple[str, ...]) -> list[str]:
    """One by one, since `executescript` would end the transaction."""
    told, held = [], ""
    for line in "".join(scripts).splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            told.append(held)
            held = ""
    return told
