// Code generated from events.toml by TestMadeFromTheCatalogue. DO NOT EDIT.

package event

import "log/slog"

// The events; events.toml says what each means.
var (
	StepFailed            = Event{"step-failed", slog.LevelWarn, "step failed"}
	LineUp                = Event{"line-up", slog.LevelInfo, "line is up"}
	LineDown              = Event{"line-down", slog.LevelInfo, "line is down"}
	LineEnded             = Event{"line-ended", slog.LevelInfo, "line has ended"}
	MessageAgain          = Event{"message-again", slog.LevelWarn, "message not handled, will be tried again"}
	AnswerDropped         = Event{"answer-dropped", slog.LevelWarn, "dropped a message that settles nothing"}
	OutboxSalvaged        = Event{"outbox-salvaged", slog.LevelError, "the outbox was damaged and has been salvaged"}
	PostalUnreadable      = Event{"postal-unreadable", slog.LevelWarn, "the pack of postal codes cannot be used"}
	OutboxUnreadable      = Event{"outbox-unreadable", slog.LevelError, "the outbox cannot be read"}
	RowDamaged            = Event{"row-damaged", slog.LevelError, "a row is damaged and is set aside"}
	RowSetAside           = Event{"row-set-aside", slog.LevelError, "a row ended the connection three times and is set aside"}
	RowNotSetAside        = Event{"row-not-set-aside", slog.LevelError, "could not set a row aside"}
	Serving               = Event{"serving", slog.LevelInfo, "mailbox: serving"}
	ClientRefused         = Event{"client-refused", slog.LevelWarn, "broker: client refused"}
	BrokerSays            = Event{"broker-says", slog.LevelWarn, "broker: nats-server"}
	BrokerNotes           = Event{"broker-notes", slog.LevelDebug, "broker: nats-server"}
	BrokerFailed          = Event{"broker-failed", slog.LevelError, "broker: nats-server"}
	Refused               = Event{"refused", slog.LevelInfo, "intake: refused"}
	Held                  = Event{"held", slog.LevelWarn, "intake: held"}
	StrangeTopic          = Event{"strange-topic", slog.LevelWarn, "intake: message on a strange topic dropped"}
	ReceiptNotSent        = Event{"receipt-not-sent", slog.LevelWarn, "intake: receipt not sent"}
	CommitFailed          = Event{"commit-failed", slog.LevelError, "intake: commit failed, nothing of it is kept"}
	KioskStruckOff        = Event{"kiosk-struck-off", slog.LevelWarn, "registry: kiosk struck off, disconnected"}
	StateDropped          = Event{"state-dropped", slog.LevelWarn, "registry: state of a kiosk dropped"}
	DeviceCertificateEnds = Event{"device-certificate-ends", slog.LevelWarn, "the device certificate ends soon"}
	DeviceRenewed         = Event{"device-renewed", slog.LevelInfo, "the new device key is in use"}
	Readers               = Event{"readers", slog.LevelInfo, "readers"}
	ReadersUnknown        = Event{"readers-unknown", slog.LevelInfo, "readers cannot be listed"}
	ReadersSilent         = Event{"readers-silent", slog.LevelInfo, "waiting for news of the readers ended"}
	PcscdAway             = Event{"pcscd-away", slog.LevelDebug, "pcscd"}
	ReadersLooked         = Event{"readers-looked", slog.LevelDebug, "looked"}
	DraftUnreadable       = Event{"draft-unreadable", slog.LevelWarn, "a draft does not open"}
	DraftKeyless          = Event{"draft-keyless", slog.LevelWarn, "the card does not give the key of its drafts"}
	LedgerForked          = Event{"ledger-forked", slog.LevelError, "the mailbox's ledger contradicts itself"}
	LedgerAnswerDropped   = Event{"ledger-answer-dropped", slog.LevelWarn, "an answer about the ledger was dropped"}
	KeyringTaken          = Event{"keyring-taken", slog.LevelInfo, "a newer keyring is in use"}
	KeyringRefused        = Event{"keyring-refused", slog.LevelWarn, "a keyring was refused"}
	ClockBehind           = Event{"clock-behind", slog.LevelWarn, "this machine's clock is behind what the mailbox has signed"}
	HousekeepingFailed    = Event{"housekeeping-failed", slog.LevelWarn, "mailbox: something that is done from time to time failed, and is tried again"}
	KeyringRenewalDue     = Event{"keyring-renewal-due", slog.LevelWarn, "mailbox: sealing keys end soon"}
	SealingKeyDestroyed   = Event{"sealing-key-destroyed", slog.LevelInfo, "mailbox: a sealing key is destroyed"}
	LedgerStamped         = Event{"ledger-stamped", slog.LevelInfo, "mailbox: the ledger's head is time-stamped"}
	ProofNotGiven         = Event{"proof-not-given", slog.LevelWarn, "mailbox: a proof of consistency was not given"}
	DocumentDeleted       = Event{"document-deleted", slog.LevelInfo, "mailbox: a document is deleted"}
	CallDropped           = Event{"call-dropped", slog.LevelWarn, "calls: dropped"}
	CallRefused           = Event{"call-refused", slog.LevelWarn, "calls: refused"}
	CallUnanswered        = Event{"call-unanswered", slog.LevelInfo, "calls: answer not sent"}
	CallFailed            = Event{"call-failed", slog.LevelError, "calls: failed"}
	LoggedIn              = Event{"logged-in", slog.LevelInfo, "calls: somebody logged in"}
	RevocationUnknown     = Event{"revocation-unknown", slog.LevelWarn, "calls: revocation unknown"}
	DraftsEnded           = Event{"drafts-ended", slog.LevelInfo, "calls: drafts have ended"}
	CallAnswerDropped     = Event{"call-answer-dropped", slog.LevelWarn, "dropped an answer that no call waits for"}
	LoginLocal            = Event{"login-local", slog.LevelInfo, "a log-in without the mailbox"}
	DraftRefused          = Event{"draft-refused", slog.LevelInfo, "the mailbox refused a call about drafts"}
	ResendAsked           = Event{"resend-asked", slog.LevelInfo, "the mailbox was restored and asks for what it may have lost"}
	ResendRefused         = Event{"resend-refused", slog.LevelWarn, "a request to send again was refused"}
)
