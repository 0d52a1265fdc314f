// Package check names the checks that keep forgeries out, so that a test can show that each of them is what
// refuses its forgery: with exactly that check off, the same forgery must be accepted.
//
// Off is constant false in every ordinary build. Only the build tag "twin", which tests use and no delivered
// binary carries, compiles a switch.
//
// Error model: there is none; a check that is off refuses nothing.
package check

// Name names one check.
type Name string

// The checks that a test may switch off one at a time.
const (
	SignedAttributes   Name = "cms: signed attributes are required"             // RFC 5652 §5.3, the stripping attack
	ContentType        Name = "cms: content-type attribute equals eContentType" // RFC 5652 §11.1
	MessageDigest      Name = "cms: message-digest attribute equals the hash"   // RFC 5652 §11.2
	SigningCertificate Name = "cms: signing-certificate-v2 names the signer"    // RFC 5035
	Chain              Name = "pki: the certificate chains to the pinned root"
	Audience           Name = "manifest: mailbox is this mailbox"
	PartHash           Name = "manifest: every part's hash is listed"
	FormDigest         Name = "manifest: the form's digest is a published one"
	IDConflict         Name = "intake: one id names one manifest"
	Replay             Name = "intake: one manifest counts once"
	EnvelopeSignature  Name = "intake: the device key signed the envelope"
	KioskTopic         Name = "broker: a kiosk uses its own topics only"
	KioskID            Name = "registry: a kiosk id matches [a-z0-9-]{1,32}"
	ReceiptMatch       Name = "receipt: mailbox, id and manifest are the submission's"
	CallSignature      Name = "call: the device key signed the question for this call"
	ChallengeSignature Name = "login: the card signed the challenge"
	ChallengeCall      Name = "login: the challenge is for the call that carries it"
	DraftBase          Name = "draft: a version replaces only what it came from"
	InclusionProof     Name = "receipt: the leaf is in the signed ledger head"
)
