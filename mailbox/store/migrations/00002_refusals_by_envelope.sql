-- +goose Up
-- The same refused envelope gets the same refusal. The envelope, not what it holds: a kiosk takes a refusal of its
-- own envelope alone, so that whoever delivered the same bytes first must not leave it without an answer.
CREATE TABLE refusals_by_envelope (
	sealed   BLOB PRIMARY KEY, -- SHA-256 of the envelope
	leaf     INTEGER NOT NULL REFERENCES leaves (n) DEFERRABLE INITIALLY DEFERRED,
	kiosk    TEXT NOT NULL,
	manifest BLOB NOT NULL,
	at       INTEGER NOT NULL -- Unix seconds, the mailbox's clock
) STRICT;
INSERT INTO refusals_by_envelope (sealed, leaf, kiosk, manifest, at)
	SELECT unhex(l.leaf ->> 'sealed'), l.n, l.leaf ->> 'kiosk', unhex(l.leaf ->> 'manifest'), unixepoch(l.leaf ->> 'receivedAt')
	FROM refusals r JOIN (SELECT n, CAST(leaf AS TEXT) AS leaf FROM leaves) l ON l.n = r.leaf;
DROP TABLE refusals;
ALTER TABLE refusals_by_envelope RENAME TO refusals;
CREATE INDEX refusals_by_leaf ON refusals (leaf);
CREATE INDEX refusals_by_manifest ON refusals (kiosk, manifest);
CREATE INDEX refusals_by_time ON refusals (kiosk, at);
