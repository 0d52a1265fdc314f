package wire

import (
	"fmt"

	"madoguchi/internal/jsonx"
)

// The calls, and what each asks and answers. Empty is what asks or answers nothing.
const (
	CallNonce     = "login.nonce" // Empty, NonceAnswer
	CallLogin     = "login"       // LoginAsk, LoginAnswer
	CallEnd       = "session.end" // Empty, Empty
	CallDraftKey  = "draft.key"   // Empty, DraftKeyAnswer: for a card that cannot rebuild one
	CallDraftList = "draft.list"  // Empty, DraftListAnswer
	CallDraftGet  = "draft.get"   // DraftAsk, DraftAnswer
	CallDraftPut  = "draft.put"   // DraftPutAsk, Empty
	CallDraftDrop = "draft.drop"  // DraftAsk, Empty
)

// Empty asks or answers nothing.
type Empty struct{}

// NonceAnswer is a nonce to log in with: once, within 60 s of the mailbox's clock.
type NonceAnswer struct {
	Nonce string `json:"nonce"`
}

// LoginAsk is the challenge as the 利用者証明用 key signed it.
type LoginAsk struct {
	Challenge   []byte `json:"challenge"`   // Challenge.Bytes of type ChallengeLogin
	Certificate []byte `json:"certificate"` // DER
	Signature   []byte `json:"signature"`   // RSASSA-PKCS1-v1_5 with SHA-256, or ECDSA with SHA-384
}

// LoginAnswer opens a session.
type LoginAnswer struct {
	Session string   `json:"session"` // a secret
	Salts   []string `json:"salts"`   // of the person's drafts at the mailbox (pki/draft), the newest draft's first
}

// DraftKeyAnswer is the key of who has a card that cannot rebuild one.
type DraftKeyAnswer struct {
	Salt string `json:"salt"`
	Key  []byte `json:"key"`
}

// DraftListAnswer lists the person's drafts, the newest first.
type DraftListAnswer struct {
	Drafts []DraftEntry `json:"drafts"`
}

// DraftEntry is one draft at the mailbox.
type DraftEntry struct {
	ID      string `json:"id"`
	Version uint64 `json:"version"`
	Sum     string `json:"sum"`     // SHA-256 of the sealed bytes
	SavedAt int64  `json:"savedAt"` // the mailbox's clock, Unix seconds
}

// DraftAsk names a draft.
type DraftAsk struct {
	ID string `json:"id"`
}

// DraftAnswer is a draft.
type DraftAnswer struct {
	Sealed []byte `json:"sealed"` // pki/draft
}

// DraftPutAsk keeps a version of a draft in place of an older one. It is refused unless the mailbox has nothing, or
// exactly what this version came from: the version Base, or the bytes with the hash Prior.
type DraftPutAsk struct {
	Base   uint64 `json:"base"`
	Prior  string `json:"prior"` // of bytes that were sent before without an answer; 64 zeros: none
	Sealed []byte `json:"sealed"`
}

// Body returns a question or an answer as canonical JSON.
func Body(v any) ([]byte, error) { return jsonx.Marshal(v) }

// ParseBody reads what Body wrote.
func ParseBody(b []byte, v any) error {
	if len(b) > MaxCall {
		return fmt.Errorf("%w: body over %d bytes", ErrFormat, MaxCall)
	}
	if err := strict(b, v); err != nil {
		return fmt.Errorf("%w: body: %w", ErrFormat, err)
	}
	return nil
}
