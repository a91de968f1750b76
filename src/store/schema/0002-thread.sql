-- The mail that the letters of an application answer, so that they stand in its conversation.

-- Message-IDs with a space between, oldest first, the answered one last; and the subject without "Re:".
ALTER TABLE applications ADD COLUMN thread TEXT;
ALTER TABLE applications ADD COLUMN thread_subject TEXT;

-- What the letter names as its conversation; empty where it begins one.
ALTER TABLE followups ADD COLUMN thread TEXT NOT NULL DEFAULT '';

DROP TRIGGER sending_keeps_its_words;
CREATE TRIGGER sending_keeps_its_words BEFORE UPDATE ON followups
    WHEN OLD.phase IN ('sending', 'uncertain', 'sent') AND NEW.phase IN ('sending', 'uncertain', 'sent', 'failed')
         AND (NEW.digest IS NOT OLD.digest OR NEW.subject IS NOT OLD.subject OR NEW.body IS NOT OLD.body
              OR NEW.recipient_email IS NOT OLD.recipient_email OR NEW.thread IS NOT OLD.thread)
BEGIN
    SELECT RAISE(ABORT, 'a letter that is being sent keeps its words');
END;
