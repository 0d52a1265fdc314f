-- +goose Up
-- Drafts are sealed under a key that only their owner's card can rebuild; the mailbox sees sizes and times.
CREATE TABLE drafts (
	owner    BLOB NOT NULL,    -- HMAC of the owner's authKey
	id       BLOB NOT NULL,
	version  INTEGER NOT NULL,
	scheme   TEXT NOT NULL,
	salt     TEXT NOT NULL,
	sum      BLOB NOT NULL,    -- SHA-256 of sealed
	kiosk    TEXT NOT NULL,    -- which sent this version
	saved_at INTEGER NOT NULL, -- Unix seconds, the mailbox's clock
	size     INTEGER NOT NULL,
	sealed   BLOB NOT NULL,
	PRIMARY KEY (owner, id)
) STRICT;
CREATE INDEX drafts_by_time ON drafts (saved_at);
CREATE INDEX drafts_by_kiosk ON drafts (kiosk, size);

-- Keys for owners whose card cannot rebuild one (ECDSA); the key stands in a blob.
CREATE TABLE draft_keys (
	owner   BLOB PRIMARY KEY,
	salt    TEXT NOT NULL,
	blob    BLOB NOT NULL REFERENCES blobs (id),
	made_at INTEGER NOT NULL
) STRICT;
