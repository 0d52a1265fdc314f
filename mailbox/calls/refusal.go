package calls

// Refusal is why a call was refused, by name. The empty one is none.
type Refusal string

// What cannot be opened is refused without an answer: nobody is known who should have one.
const (
	Oversize       Refusal = "oversize"                // more than wire.MaxCall
	Malformed      Refusal = "malformed"               // no call, or a question that cannot be read
	UnknownVersion Refusal = "version-unknown"         // of call or question
	ForeignTopic   Refusal = "header-of-another-kiosk" // sent on another kiosk's topic
	UnknownKey     Refusal = "sealing-key-unknown"     // sealed to a key that is not here
	UnknownKiosk   Refusal = "kiosk-unknown"           // never enrolled
	StruckOff      Refusal = "kiosk-struck-off"
	DoesNotOpen    Refusal = "does-not-open" // not sealed to this mailbox under this header
	Busy           Refusal = "busy"          // too much under way, of this kiosk or of all
)

// Of the call itself.
const (
	ForgedDevice   Refusal = "device-signature" // not signed by the kiosk's enrolled key, over exactly this call
	Replayed       Refusal = "replayed"         // the call's id has been seen
	TooMany        Refusal = "too-many-calls"   // by this kiosk
	UnknownCall    Refusal = "call-unknown"
	WrongProfile   Refusal = "profile"       // the kiosk's profile does not offer it
	WrongRole      Refusal = "role"          // who has logged in may not, or the role cannot log in so
	BodyTooLarge   Refusal = "body-oversize" // more than this call may ask
	MalformedBody  Refusal = "body-malformed"
	AnswerTooLarge Refusal = "answer-oversize"
	Failed         Refusal = "later" // the mailbox's own failure: ask again
)

// Of the session.
const (
	NoSession      Refusal = "session-missing"
	UnwantedToken  Refusal = "session-unwanted" // with a call that takes none
	UnknownSession Refusal = "session-unknown"  // never opened, or ended
	ForeignSession Refusal = "session-of-another-kiosk"
	IdleSession    Refusal = "session-idle"
	OverSession    Refusal = "session-over"   // its longest time has passed
	SeqNotRising   Refusal = "seq-not-rising" // repeated or out of order
)

// Of a log-in.
const (
	OtherMailbox    Refusal = "challenge-of-another-mailbox"
	OtherKiosk      Refusal = "challenge-of-another-kiosk"
	OtherCall       Refusal = "challenge-of-another-call" // enc swapped
	UnknownNonce    Refusal = "nonce-unknown"             // never given, or used
	ExpiredNonce    Refusal = "nonce-expired"
	ForeignNonce    Refusal = "nonce-of-another-kiosk"
	BadCertificate  Refusal = "certificate-malformed"
	ForeignIssuer   Refusal = "certificate-of-another-ca"
	ExpiredCert     Refusal = "certificate-expired"
	SigningCert     Refusal = "certificate-for-signing" // 署名用: it names a person and is for documents
	WrongUsage      Refusal = "certificate-key-usage"
	WrongCert       Refusal = "certificate-of-another-kind"
	RevokedCert     Refusal = "certificate-revoked"
	ForgedChallenge Refusal = "challenge-signature"
)

// Of drafts.
const (
	UnknownDraft   Refusal = "draft-unknown" // not this person's
	MalformedDraft Refusal = "draft-malformed"
	OlderDraft     Refusal = "draft-older"    // a version that is not newer
	DraftConflict  Refusal = "draft-conflict" // came from another version than the one here
	TooManyDrafts  Refusal = "drafts-of-person-full"
	KioskFull      Refusal = "drafts-of-kiosk-full"
	TooManySalts   Refusal = "draft-keys-full"
)
