package calls

import (
	"context"
	"slices"

	"madoguchi/wire"
)

// maxAnswer bounds the body of an answer: what is around it fits into wire.MaxCall.
const maxAnswer = wire.MaxCall - 1<<10

// named is one call of the table.
type named struct {
	profiles []string // that offer it
	roles    []string // that may call it; empty: who has a session
	session  bool     // needs one; otherwise takes none
	max      int      // bytes of its question
	do       func(ctx context.Context, s *Server, c *call) (any, Refusal)
}

func (n named) offered(profile string) bool { return slices.Contains(n.profiles, profile) }
func (n named) forRole(role string) bool {
	return len(n.roles) == 0 || slices.Contains(n.roles, role)
}

// The profiles at which residents go on with their own things. A reception is the office's: it takes part in calls of
// officers, when there are any.
var residents = []string{"city-hall", "portable", "desk"}

// table is every call that this mailbox answers.
func table() map[string]named {
	draft := func(max int, do func(context.Context, *Server, *call) (any, Refusal)) named {
		return named{profiles: residents, roles: []string{wire.RoleResident}, session: true, max: max, do: do}
	}
	return map[string]named{
		wire.CallNonce:     {profiles: residents, max: small, do: giveNonce},
		wire.CallLogin:     {profiles: residents, max: 16 << 10, do: logIn},
		wire.CallEnd:       {profiles: residents, session: true, max: small, do: endSession},
		wire.CallDraftKey:  draft(small, draftKey),
		wire.CallDraftList: draft(small, listDrafts),
		wire.CallDraftGet:  draft(small, getDraft),
		wire.CallDraftPut:  draft(wire.MaxCall, putDraft),
		wire.CallDraftDrop: draft(small, dropDraft),
	}
}

const small = 1 << 10

// body reads the question of a call.
func body[T any](c *call) (v T, refused Refusal) {
	if wire.ParseBody(c.ask.Body, &v) != nil {
		return v, MalformedBody
	}
	return v, ""
}
