package rules

import "github.com/google/nftables/expr"

// Verdict ends a rule, or says where to go on.
type Verdict struct {
	Kind  expr.VerdictKind
	Chain string
}

// The verdicts that need no chain.
var (
	Accept = Verdict{Kind: expr.VerdictAccept}
	Drop   = Verdict{Kind: expr.VerdictDrop}
	Return = Verdict{Kind: expr.VerdictReturn}
)

// Goto goes on in a chain for good, Jump until its end.
func Goto(chain string) Verdict { return Verdict{expr.VerdictGoto, chain} }

// Jump goes on in a chain and comes back from its end.
func Jump(chain string) Verdict { return Verdict{expr.VerdictJump, chain} }

func (v Verdict) String() string {
	switch v.Kind {
	case expr.VerdictAccept:
		return "accept"
	case expr.VerdictDrop:
		return "drop"
	case expr.VerdictReturn:
		return "return"
	case expr.VerdictGoto:
		return "goto " + v.Chain
	}
	return "jump " + v.Chain
}

// Part makes the verdict the end of a rule.
func (v Verdict) Part() Part {
	return Part{v.String(), []expr.Any{&expr.Verdict{Kind: v.Kind, Chain: v.Chain}}}
}
