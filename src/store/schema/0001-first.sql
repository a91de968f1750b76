-- The first schema. docs/database.md explains the public tables, column by column.
-- Only what SQLite 3.40 can run stands here, and no function of ours: other programs fire these triggers.

CREATE TABLE applications (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    company       TEXT NOT NULL CHECK (trim(company) <> ''),
    position      TEXT NOT NULL CHECK (trim(position) <> ''),
    contact_name  TEXT,
    contact_email TEXT,
    contact_phone TEXT,
    hr_name       TEXT,
    hr_email      TEXT,
    hr_phone      TEXT,
    timezone      TEXT,
    country       TEXT CHECK (country IS NULL OR length(country) = 2),
    language      TEXT NOT NULL DEFAULT 'en',
    strategy      TEXT,
    job_url       TEXT,
    strengths     TEXT NOT NULL DEFAULT '',
    status        TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
    outcome       TEXT CHECK (outcome IN ('reply', 'rejected', 'offer', 'next-round', 'filled')),
    added_at      INTEGER NOT NULL DEFAULT (unixepoch() * 1000),
    CHECK (coalesce(contact_email, hr_email, contact_phone, hr_phone) IS NOT NULL)
) STRICT;

CREATE TABLE interviews (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    held_on        TEXT NOT NULL CHECK (date(held_on) IS held_on),
    round          INTEGER NOT NULL DEFAULT 2 CHECK (round BETWEEN 1 AND 20),
    promised_on    TEXT CHECK (promised_on IS NULL OR (date(promised_on) IS promised_on AND promised_on >= held_on)),
    note           TEXT
) STRICT;
CREATE INDEX interviews_of_application ON interviews (application_id);

-- Private from here on.

-- One row an application: when to look at it again, and a number that moves with every change. It outlives
-- the application, so that the number never goes back.
CREATE TABLE cases (
    application_id INTEGER PRIMARY KEY,
    rev            INTEGER NOT NULL DEFAULT 0,
    wake_at        INTEGER DEFAULT 0,
    coming         TEXT,
    coming_at      INTEGER,
    held           TEXT,
    held_told      TEXT,
    tell_after     INTEGER
) STRICT;
CREATE INDEX cases_due ON cases (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX cases_held ON cases (application_id) WHERE held IS NOT NULL;

-- Keeps its rows when an application is deleted: what has been sent must not be sent again if the same
-- application is written anew.
CREATE TABLE followups (
    id                 INTEGER PRIMARY KEY AUTOINCREMENT,
    application_id     INTEGER NOT NULL,
    kind               TEXT NOT NULL CHECK (kind IN ('email', 'call')),
    rule               TEXT NOT NULL,
    anchor_interview   INTEGER NOT NULL,
    anchor_held_on     TEXT NOT NULL,
    anchor_promised_on TEXT,
    opens              INTEGER NOT NULL,
    closes             INTEGER NOT NULL,
    late               INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
    phase              TEXT NOT NULL CHECK (phase IN ('planned', 'waiting', 'approved', 'sending', 'sent', 'failed',
                                                      'uncertain', 'cancelled')),
    not_before         TEXT,
    recipient_name     TEXT,
    recipient_email    TEXT,
    subject            TEXT,
    body               TEXT,
    edited             INTEGER NOT NULL DEFAULT 0 CHECK (edited IN (0, 1)),
    written_earlier    INTEGER NOT NULL DEFAULT 0 CHECK (written_earlier IN (0, 1)),
    digest             TEXT,
    composed_digest    TEXT,
    shown_digest       TEXT,
    approved_digest    TEXT,
    approved_at        INTEGER,
    tries              INTEGER NOT NULL DEFAULT 0,
    tried_at           INTEGER,
    tried_why          TEXT,
    claimed_at         INTEGER,
    attempt            INTEGER,
    message_id         TEXT,
    stop_reason        TEXT,
    ended_at           INTEGER,
    ended_by           TEXT,
    told               TEXT,
    told_times         INTEGER NOT NULL DEFAULT 0,
    told_ever          INTEGER NOT NULL DEFAULT 0,
    told_at            INTEGER,
    tell_after         INTEGER
) STRICT;
-- Holds all that lists say of a follow-up, so that they need not touch the letters themselves.
CREATE INDEX followups_of_application ON followups (application_id, id, phase, ended_at);
CREATE INDEX followups_by_phase ON followups (phase);
CREATE INDEX followups_put_off ON followups (tell_after) WHERE tell_after IS NOT NULL;
CREATE UNIQUE INDEX one_open_followup ON followups (application_id)
    WHERE phase IN ('planned', 'waiting', 'approved', 'sending', 'uncertain');

-- Letters count against the limits from their claim on; see Budget.
CREATE TABLE claims (
    followup_id INTEGER PRIMARY KEY,
    employer    TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE INDEX claims_by_time ON claims (at);
CREATE INDEX claims_by_employer ON claims (employer, at);

-- Who did what, when and why. Rows are only ever added.
CREATE TABLE journal (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    at             INTEGER NOT NULL,
    who            TEXT NOT NULL,
    application_id INTEGER,
    followup_id    INTEGER,
    what           TEXT NOT NULL,
    detail         TEXT
) STRICT;
CREATE INDEX journal_of_application ON journal (application_id);
CREATE INDEX journal_by_time ON journal (at);

-- How the mail account, and telling the person, fared last.
CREATE TABLE health (
    part        TEXT PRIMARY KEY CHECK (part IN ('mail', 'telling')),
    failures    INTEGER NOT NULL DEFAULT 0,
    rests_until INTEGER,
    paused      INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    why         TEXT,
    since       INTEGER
) STRICT;
INSERT INTO health (part) VALUES ('mail'), ('telling');

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO meta (key, value) VALUES ('installation', lower(hex(randomblob(16))));

-- Every change of facts makes the case due and moves its rev, whichever program made it.

CREATE TRIGGER application_added AFTER INSERT ON applications BEGIN
    UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id = NEW.id;
    INSERT INTO cases (application_id)
        SELECT NEW.id WHERE NOT EXISTS (SELECT 1 FROM cases WHERE application_id = NEW.id);
END;

CREATE TRIGGER application_changed AFTER UPDATE ON applications BEGIN
    UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id = NEW.id;
END;

CREATE TRIGGER application_keeps_its_id BEFORE UPDATE OF id ON applications WHEN NEW.id IS NOT OLD.id BEGIN
    SELECT RAISE(ABORT, 'the id of an application cannot be changed');
END;

CREATE TRIGGER application_deleted AFTER DELETE ON applications BEGIN
    UPDATE followups SET phase = 'cancelled', stop_reason = 'closed', ended_at = unixepoch() * 1000
        WHERE application_id = OLD.id AND phase IN ('planned', 'waiting', 'approved');
    -- What is being sent cannot be stopped; but if it proves not sent, it is not sent again.
    UPDATE followups SET stop_reason = 'closed' WHERE application_id = OLD.id AND phase = 'sending';
    DELETE FROM interviews WHERE application_id = OLD.id;
    UPDATE cases SET rev = rev + 1, wake_at = 0, coming = NULL, coming_at = NULL, held = NULL, held_told = NULL
        WHERE application_id = OLD.id;
END;

CREATE TRIGGER interview_added AFTER INSERT ON interviews BEGIN
    UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id = NEW.application_id;
END;

CREATE TRIGGER interview_changed AFTER UPDATE ON interviews BEGIN
    UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id IN (OLD.application_id, NEW.application_id);
END;

CREATE TRIGGER interview_deleted AFTER DELETE ON interviews BEGIN
    UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id = OLD.application_id;
END;

-- The second wall: whatever the program does, no row enters `sending` but an approved one whose approval is
-- of the very letter it holds; and what is being sent keeps its words.

CREATE TRIGGER never_added_as_sending BEFORE INSERT ON followups WHEN NEW.phase IN ('sending', 'approved') BEGIN
    SELECT RAISE(ABORT, 'a follow-up cannot begin as approved or sending');
END;

CREATE TRIGGER sending_needs_approval BEFORE UPDATE ON followups
    WHEN NEW.phase = 'sending' AND OLD.phase <> 'sending'
         AND (OLD.phase <> 'approved' OR OLD.digest IS NULL OR OLD.approved_digest IS NOT OLD.digest
              OR NEW.digest IS NOT OLD.digest OR NEW.approved_digest IS NOT OLD.approved_digest
              OR NEW.subject IS NOT OLD.subject OR NEW.body IS NOT OLD.body
              OR NEW.recipient_email IS NOT OLD.recipient_email)
BEGIN
    SELECT RAISE(ABORT, 'only an approved letter, unchanged, can be sent');
END;

CREATE TRIGGER sending_keeps_its_words BEFORE UPDATE ON followups
    WHEN OLD.phase IN ('sending', 'uncertain', 'sent') AND NEW.phase IN ('sending', 'uncertain', 'sent', 'failed')
         AND (NEW.digest IS NOT OLD.digest OR NEW.subject IS NOT OLD.subject OR NEW.body IS NOT OLD.body
              OR NEW.recipient_email IS NOT OLD.recipient_email)
BEGIN
    SELECT RAISE(ABORT, 'a letter that is being sent keeps its words');
END;

CREATE TRIGGER journal_is_kept BEFORE UPDATE ON journal BEGIN
    SELECT RAISE(ABORT, 'the journal is only ever added to');
END;

-- For reading.

CREATE VIEW queue AS
    SELECT f.application_id, a.company, a.position, f.recipient_name, f.recipient_email, f.subject, f.body, f.late,
           strftime('%Y-%m-%dT%H:%M:%SZ', f.opens / 1000, 'unixepoch') AS opens,
           strftime('%Y-%m-%dT%H:%M:%SZ', f.closes / 1000, 'unixepoch') AS closes
    FROM followups f JOIN applications a ON a.id = f.application_id
    WHERE f.phase = 'waiting';

CREATE VIEW agenda AS
    SELECT c.application_id, a.company, a.position, c.coming AS what,
           strftime('%Y-%m-%dT%H:%M:%SZ', c.coming_at / 1000, 'unixepoch') AS at
    FROM cases c JOIN applications a ON a.id = c.application_id
    WHERE c.coming IS NOT NULL
    ORDER BY c.coming_at;
