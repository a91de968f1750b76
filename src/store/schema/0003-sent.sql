-- What went out where this database does not know of it: it was restored from a backup, or copied, before.

-- The claims that were made in this database, by the names that they have in the send journal (followup.db.sent).
CREATE TABLE own_claims (
    name TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16))))
) STRICT, WITHOUT ROWID;

-- The claims that the send journal has besides. In `claims` such a letter has the number -id.
CREATE TABLE elsewhere (
    id             INTEGER PRIMARY KEY,
    name           TEXT NOT NULL UNIQUE,
    at             INTEGER NOT NULL,
    attempt        INTEGER NOT NULL,
    application_id INTEGER NOT NULL,
    interview      INTEGER NOT NULL,
    held_on        TEXT NOT NULL,
    promised_on    TEXT,
    message_id     TEXT NOT NULL,
    -- Hashes.
    recipient      TEXT NOT NULL,
    company        TEXT NOT NULL,
    position       TEXT NOT NULL,
    fate           TEXT NOT NULL CHECK (fate IN ('accepted', 'uncertain', 'not sent', 'rejected')),
    -- The follow-up that it made sent or uncertain.
    followup_id    INTEGER
) STRICT;
CREATE INDEX elsewhere_by_day ON elsewhere (held_on);
CREATE INDEX elsewhere_by_interview ON elsewhere (application_id, interview);
CREATE INDEX elsewhere_in_doubt ON elsewhere (followup_id) WHERE followup_id IS NOT NULL;
