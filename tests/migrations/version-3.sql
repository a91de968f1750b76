PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
    added_at      INTEGER NOT NULL DEFAULT (unixepoch() * 1000), thread TEXT, thread_subject TEXT,
    CHECK (coalesce(contact_email, hr_email, contact_phone, hr_phone) IS NOT NULL)
) STRICT;
INSERT INTO applications VALUES(1,'Globex','Analyst','Jane Doe','jane@globex.example',NULL,NULL,NULL,NULL,NULL,NULL,'en',NULL,NULL,'seven years of SQL','open',NULL,1795408681137,NULL,NULL);
INSERT INTO applications VALUES(2,'Initech','Analyst','Jane Doe','jane@initech.example',NULL,NULL,NULL,NULL,NULL,NULL,'en',NULL,NULL,'seven years of SQL','open',NULL,1795408682137,NULL,NULL);
INSERT INTO applications VALUES(3,'Umbrella','Analyst','Jane Doe','jane@umbrella.example',NULL,NULL,NULL,NULL,NULL,NULL,'en',NULL,NULL,'seven years of SQL','open',NULL,1795408683137,NULL,NULL);
CREATE TABLE interviews (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    application_id INTEGER NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    held_on        TEXT NOT NULL CHECK (date(held_on) IS held_on),
    round          INTEGER NOT NULL DEFAULT 2 CHECK (round BETWEEN 1 AND 20),
    promised_on    TEXT CHECK (promised_on IS NULL OR (date(promised_on) IS promised_on AND promised_on >= held_on)),
    note           TEXT
) STRICT;
INSERT INTO interviews VALUES(1,1,'2026-11-07',2,'2026-11-10',NULL);
INSERT INTO interviews VALUES(2,2,'2026-11-07',2,'2026-11-10',NULL);
INSERT INTO interviews VALUES(3,3,'2026-11-07',2,'2026-11-10',NULL);
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
INSERT INTO cases VALUES(1,4,0,'late',1796144400000,NULL,NULL,NULL);
INSERT INTO cases VALUES(2,4,0,'late',1796144400000,NULL,NULL,NULL);
INSERT INTO cases VALUES(3,4,NULL,NULL,NULL,NULL,NULL,NULL);
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
, thread TEXT NOT NULL DEFAULT '') STRICT;
INSERT INTO followups VALUES(1,1,'email','promise',1,'2026-11-07','2026-11-10',1794906000000,1796144400000,0,'approved',NULL,'Jane Doe','jane@globex.example','Analyst position: my interview on 7 November - Ada Byron',replace('Dear Jane Doe,\n\nThank you again for the interview on Saturday, 7 November about the\nAnalyst position at Globex. I enjoyed our conversation and what I\nlearned about the work.\n\nWhen we spoke, an answer was expected by Tuesday, 10 November. I\nknow how busy hiring keeps everyone and how easily plans move, so I\nwould simply like to ask how things stand.\n\nMy interest in the position is as strong as ever. From what I\nlearned about it, seven years of SQL would be of real use in it. If\nthere is anything further you need from me, I will gladly send it.\n\nIn case you have tried to reach me already: mail to ada@home.example\nalways finds me.\n\nThank you for your time.\n\nKind regards,\nAda Byron\n','\n',char(10)),0,0,'8ed86ef77ed9e0f0529037f60382c70ed751e96d7e490c0a526650463fed9c80','8ed86ef77ed9e0f0529037f60382c70ed751e96d7e490c0a526650463fed9c80','8ed86ef77ed9e0f0529037f60382c70ed751e96d7e490c0a526650463fed9c80','8ed86ef77ed9e0f0529037f60382c70ed751e96d7e490c0a526650463fed9c80',1795408685137,0,NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,0,0,NULL,NULL,'');
INSERT INTO followups VALUES(2,2,'email','promise',2,'2026-11-07','2026-11-10',1794906000000,1796144400000,0,'waiting',NULL,'Jane Doe','jane@initech.example','My own words',replace('Dear Jane Doe,\n\nThank you again for the interview on Saturday, 7 November about the\nAnalyst position at Initech. I enjoyed our conversation and what I\nlearned about the work.\n\nWhen we spoke, an answer was expected by Tuesday, 10 November. I\nknow how busy hiring keeps everyone and how easily plans move, so I\nwould simply like to ask how things stand.\n\nMy interest in the position is as strong as ever. From what I\nlearned about it, seven years of SQL would be of real use in it. If\nthere is anything further you need from me, I will gladly send it.\n\nIn case you have tried to reach me already: mail to ada@home.example\nalways finds me.\n\nThank you for your time.\n\nKind regards,\nAda Byron\n','\n',char(10)),1,0,'5753049cd3e3eb45d3f9eb80ba033432aa6d148dcebcc98371df35ed758b4496','7a922fbf301858aa5295e0fa8798c006cf01df452cd0cf28c19c8ecf183233c9','5753049cd3e3eb45d3f9eb80ba033432aa6d148dcebcc98371df35ed758b4496',NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'5753049cd3e3eb45d3f9eb80ba033432aa6d148dcebcc98371df35ed758b4496',1,0,1795408687137,NULL,'');
INSERT INTO followups VALUES(3,3,'email','promise',3,'2026-11-07','2026-11-10',1794906000000,1796144400000,0,'cancelled',NULL,'Jane Doe','jane@umbrella.example','Analyst position: my interview on 7 November - Ada Byron',replace('Dear Jane Doe,\n\nThank you again for the interview on Saturday, 7 November about the\nAnalyst position at Umbrella. I enjoyed our conversation and what I\nlearned about the work.\n\nWhen we spoke, an answer was expected by Tuesday, 10 November. I\nknow how busy hiring keeps everyone and how easily plans move, so I\nwould simply like to ask how things stand.\n\nMy interest in the position is as strong as ever. From what I\nlearned about it, seven years of SQL would be of real use in it. If\nthere is anything further you need from me, I will gladly send it.\n\nIn case you have tried to reach me already: mail to ada@home.example\nalways finds me.\n\nThank you for your time.\n\nKind regards,\nAda Byron\n','\n',char(10)),0,0,'3d25e7ba65776cafb3f708fa9dfca65baba8129d288368aea72f07ab6d2f43b0','3d25e7ba65776cafb3f708fa9dfca65baba8129d288368aea72f07ab6d2f43b0',NULL,NULL,NULL,0,NULL,NULL,NULL,NULL,NULL,'rejected',1795408688137,'not now',NULL,0,0,NULL,NULL,'');
CREATE TABLE claims (
    followup_id INTEGER PRIMARY KEY,
    employer    TEXT NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE TABLE journal (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    at             INTEGER NOT NULL,
    who            TEXT NOT NULL,
    application_id INTEGER,
    followup_id    INTEGER,
    what           TEXT NOT NULL,
    detail         TEXT
) STRICT;
INSERT INTO journal VALUES(1,1795408681137,'person',1,NULL,'added',NULL);
INSERT INTO journal VALUES(2,1795408682137,'person',2,NULL,'added',NULL);
INSERT INTO journal VALUES(3,1795408683137,'person',3,NULL,'added',NULL);
INSERT INTO journal VALUES(4,1795408684137,'daemon',1,1,'begun','promise');
INSERT INTO journal VALUES(5,1795408684137,'daemon',1,1,'composed',NULL);
INSERT INTO journal VALUES(6,1795408685137,'person',1,1,'approved','8ed86ef77ed9e0f0529037f60382c70ed751e96d7e490c0a526650463fed9c80');
INSERT INTO journal VALUES(7,1795408686137,'daemon',2,2,'begun','promise');
INSERT INTO journal VALUES(8,1795408686137,'daemon',2,2,'composed',NULL);
INSERT INTO journal VALUES(9,1795408687137,'person',2,2,'edited',NULL);
INSERT INTO journal VALUES(10,1795408688137,'daemon',3,3,'begun','promise');
INSERT INTO journal VALUES(11,1795408688137,'daemon',3,3,'composed',NULL);
INSERT INTO journal VALUES(12,1795408688137,'person',3,3,'rejected','not now');
CREATE TABLE health (
    part        TEXT PRIMARY KEY CHECK (part IN ('mail', 'telling')),
    failures    INTEGER NOT NULL DEFAULT 0,
    rests_until INTEGER,
    paused      INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    why         TEXT,
    since       INTEGER
) STRICT;
INSERT INTO health VALUES('mail',0,NULL,0,NULL,NULL);
INSERT INTO health VALUES('telling',0,NULL,0,NULL,NULL);
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO meta VALUES('installation','e13d7dd95d8049eab06f2302498f2d2b');
CREATE TABLE own_claims (
    name TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16))))
) STRICT, WITHOUT ROWID;
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
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('applications',3);
INSERT INTO sqlite_sequence VALUES('interviews',3);
INSERT INTO sqlite_sequence VALUES('journal',12);
INSERT INTO sqlite_sequence VALUES('followups',3);
CREATE INDEX interviews_of_application ON interviews (application_id);
CREATE INDEX cases_due ON cases (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX cases_held ON cases (application_id) WHERE held IS NOT NULL;
CREATE INDEX followups_of_application ON followups (application_id, id, phase, ended_at);
CREATE INDEX followups_by_phase ON followups (phase);
CREATE INDEX followups_put_off ON followups (tell_after) WHERE tell_after IS NOT NULL;
CREATE UNIQUE INDEX one_open_followup ON followups (application_id)
    WHERE phase IN ('planned', 'waiting', 'approved', 'sending', 'uncertain');
CREATE INDEX claims_by_time ON claims (at);
CREATE INDEX claims_by_employer ON claims (employer, at);
CREATE INDEX journal_of_application ON journal (application_id);
CREATE INDEX journal_by_time ON journal (at);
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
END
;
CREATE TRIGGER interview_added AFTER INSERT ON interviews BEGIN
    UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id = NEW.application_id;
END;
CREATE TRIGGER interview_changed AFTER UPDATE ON interviews BEGIN
    UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id IN (OLD.application_id, NEW.application_id);
END;
CREATE TRIGGER interview_deleted AFTER DELETE ON interviews BEGIN
    UPDATE cases SET rev = rev + 1, wake_at = 0 WHERE application_id = OLD.application_id;
END;
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
CREATE TRIGGER journal_is_kept BEFORE UPDATE ON journal BEGIN
    SELECT RAISE(ABORT, 'the journal is only ever added to');
END;
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
CREATE TRIGGER sending_keeps_its_words BEFORE UPDATE ON followups
    WHEN OLD.phase IN ('sending', 'uncertain', 'sent') AND NEW.phase IN ('sending', 'uncertain', 'sent', 'failed')
         AND (NEW.digest IS NOT OLD.digest OR NEW.subject IS NOT OLD.subject OR NEW.body IS NOT OLD.body
              OR NEW.recipient_email IS NOT OLD.recipient_email OR NEW.thread IS NOT OLD.thread)
BEGIN
    SELECT RAISE(ABORT, 'a letter that is being sent keeps its words');
END;
CREATE INDEX elsewhere_by_day ON elsewhere (held_on);
CREATE INDEX elsewhere_by_interview ON elsewhere (application_id, interview);
CREATE INDEX elsewhere_in_doubt ON elsewhere (followup_id) WHERE followup_id IS NOT NULL;
COMMIT;
