-- Thanks, calls and second letters beside the first letter, and letting go.

-- Their region, the part of ISO 3166-2 after the hyphen, such as BY; NULL is the whole country.
ALTER TABLE applications ADD COLUMN region TEXT CHECK (region IS NULL OR length(region) BETWEEN 1 AND 3);

-- Who has several applications of the person.
CREATE INDEX applications_by_contact ON applications (contact_email COLLATE NOCASE) WHERE contact_email IS NOT NULL;

-- Of a call there is a number in place of an address.
ALTER TABLE followups ADD COLUMN recipient_phone TEXT;

DROP INDEX followups_of_application;
-- Holds all that lists say of a follow-up, so that they need not touch the letters themselves.
CREATE INDEX followups_of_application ON followups (application_id, id, phase, ended_at, kind, late);

-- Since when its facts are known, if not since it was added; at the end of which silence the person was asked whether to close it; the zone in which
-- its times were last worked out.
ALTER TABLE cases ADD COLUMN known_since INTEGER;
ALTER TABLE cases ADD COLUMN proposed TEXT;
ALTER TABLE cases ADD COLUMN zone TEXT;

-- Nobody could be asked for steps that there were none of.
UPDATE cases SET known_since = unixepoch() * 1000;

-- One employer by name or by mail domain.
ALTER TABLE claims ADD COLUMN domain TEXT;
CREATE INDEX claims_by_domain ON claims (domain, at) WHERE domain IS NOT NULL;

-- Which step the letter was; NULL where there was only one.
ALTER TABLE elsewhere ADD COLUMN rule TEXT;
