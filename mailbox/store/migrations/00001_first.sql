-- +goose Up
-- No column of any table holds a name or an address: what does stands in blobs, sealed.
CREATE TABLE kiosks (
	id          TEXT PRIMARY KEY,
	profile     TEXT NOT NULL,
	client      BLOB NOT NULL UNIQUE, -- SHA-256 of the MQTT client id
	device      BLOB NOT NULL UNIQUE, -- SubjectPublicKeyInfo of the device key
	enrolled_at INTEGER NOT NULL      -- Unix seconds
) STRICT;

-- A blob is AES-256-GCM under its own key. The key stands apart, wrapped: destroying that row destroys the blob.
CREATE TABLE blobs (
	id     BLOB PRIMARY KEY, -- 128 random bits
	kind   TEXT NOT NULL,    -- cms, part, evidence
	sealed BLOB NOT NULL
) STRICT;
CREATE TABLE blob_keys (
	blob    BLOB PRIMARY KEY REFERENCES blobs (id),
	wrapped BLOB NOT NULL
) STRICT;

-- The ledger: leaves, and the hashes of x/mod/sumdb/tlog in its storage order.
CREATE TABLE leaves (
	n    INTEGER PRIMARY KEY,
	leaf BLOB NOT NULL
) STRICT;
CREATE TABLE hashes (
	n    INTEGER PRIMARY KEY,
	hash BLOB NOT NULL
) STRICT;

-- Documents and refusals are written before the leaves of their transaction, so those references are deferred. A
-- deferred reference is looked for at each insert of its parent: it needs an index.

-- What was said of a leaf: the receipt or refusal as sent (pki/receipt).
CREATE TABLE statements (
	leaf   INTEGER PRIMARY KEY REFERENCES leaves (n),
	bundle BLOB NOT NULL
) STRICT;

CREATE TABLE documents (
	leaf        INTEGER PRIMARY KEY REFERENCES leaves (n) DEFERRABLE INITIALLY DEFERRED,
	id          BLOB NOT NULL,
	manifest    BLOB NOT NULL,
	kiosk       TEXT NOT NULL,
	form        TEXT NOT NULL,
	version     INTEGER NOT NULL,
	received_at INTEGER NOT NULL, -- Unix seconds, the mailbox's clock
	signer      BLOB NOT NULL,    -- HMAC of the SubjectPublicKeyInfo of the 署名用 key
	auth_key    BLOB NOT NULL,    -- HMAC of the manifest's authKey
	cms         BLOB NOT NULL REFERENCES blobs (id),
	evidence    BLOB NOT NULL REFERENCES blobs (id)
) STRICT;
CREATE INDEX documents_by_signer ON documents (signer);
CREATE INDEX documents_by_auth_key ON documents (auth_key);
CREATE TABLE parts (
	leaf INTEGER NOT NULL REFERENCES documents (leaf),
	n    INTEGER NOT NULL, -- as delivered, from 1
	blob BLOB NOT NULL REFERENCES blobs (id),
	PRIMARY KEY (leaf, n)
) STRICT, WITHOUT ROWID;

-- Unique for ever: a manifest counts once, and an id names one manifest.
CREATE TABLE claims (
	manifest BLOB PRIMARY KEY,
	id       BLOB NOT NULL UNIQUE,
	leaf     INTEGER NOT NULL REFERENCES documents (leaf)
) STRICT;

-- The same refused bytes get the same refusal. Bytes, not manifest: a bad copy must not stand in the way of the
-- good one.
CREATE TABLE refusals (
	content BLOB PRIMARY KEY, -- SHA-256 of the opened submission
	leaf    INTEGER NOT NULL REFERENCES leaves (n) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX refusals_by_leaf ON refusals (leaf);

CREATE TABLE quarantine (
	sealed_hash BLOB PRIMARY KEY,
	kiosk       TEXT NOT NULL,
	reason      TEXT NOT NULL,
	held_at     INTEGER NOT NULL,
	sealed      BLOB NOT NULL -- as it came
) STRICT;
CREATE INDEX quarantine_by_kiosk ON quarantine (kiosk);
