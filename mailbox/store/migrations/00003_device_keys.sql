-- +goose Up
-- A kiosk that is enrolled again before its certificate ends has two device keys for a while, each with its own client
-- id. Old keys stay: what was sealed and signed before the change may still wait on the kiosk.
CREATE TABLE device_keys (
	device      BLOB PRIMARY KEY,     -- SubjectPublicKeyInfo
	kiosk       TEXT NOT NULL,
	client      BLOB NOT NULL UNIQUE, -- SHA-256 of the MQTT client id
	enrolled_at INTEGER NOT NULL,     -- Unix seconds
	not_after   INTEGER NOT NULL      -- of its certificate, Unix seconds; 0: not known
) STRICT;
CREATE INDEX device_keys_by_kiosk ON device_keys (kiosk);
INSERT INTO device_keys (device, kiosk, client, enrolled_at, not_after) SELECT device, id, client, enrolled_at, 0 FROM kiosks;

CREATE TABLE register (
	id          TEXT PRIMARY KEY,
	profile     TEXT NOT NULL,
	enrolled_at INTEGER NOT NULL,           -- the first time
	struck_at   INTEGER NOT NULL DEFAULT 0, -- 0: in use
	struck_why  TEXT NOT NULL DEFAULT '',   -- a code
	state       BLOB,                       -- the last that it said of itself; nothing of a person
	state_at    INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO register (id, profile, enrolled_at) SELECT id, profile, enrolled_at FROM kiosks;
DROP TABLE kiosks;
ALTER TABLE register RENAME TO kiosks;
