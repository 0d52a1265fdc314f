-- +goose Up
-- Leaves that are no receipts: what the mailbox did with what it holds (pki/receipt, Notice).
CREATE TABLE notices (
	kind    TEXT NOT NULL,
	subject TEXT NOT NULL,
	leaf    INTEGER NOT NULL REFERENCES leaves (n) DEFERRABLE INITIALLY DEFERRED,
	proof   BLOB NOT NULL, -- pki/receipt, Proof
	PRIMARY KEY (kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_leaf ON notices (leaf);

-- Time-stamps (RFC 3161) over signed heads.
CREATE TABLE stamps (
	size  INTEGER NOT NULL,
	head  BLOB NOT NULL, -- signed note, the stamped bytes
	token BLOB NOT NULL,
	at    INTEGER NOT NULL, -- Unix seconds, of the token
	PRIMARY KEY (size, at)
) STRICT;
