package deliver

import "strings"

// Phase is where an object stands.
type Phase string

// The phases of an object, in the order in which they come.
const (
	Applied    Phase = "applied"     // the API has it
	Waiting    Phase = "waiting"     // it is not ready yet; Message says what for
	Ready      Phase = "ready"       // it does what it is for
	Failed     Phase = "failed"      // it will not become ready
	Deleted    Phase = "deleted"     // it is gone, or going
	RolledBack Phase = "rolled back" // it is again as it was
)

// Event is one step of one object on its way, for progress.
type Event struct {
	Object  Ref
	Action  Action // what was done to the object, if anything
	Phase   Phase
	Message string // empty, or a few words: "1 of 3 ready, waiting for readiness probe: HTTP 503"
}

// String is the event as one line.
func (e Event) String() string {
	what := string(e.Phase)
	if e.Phase == Applied && e.Action != "" {
		what = e.Action.Past()
	}
	if e.Message == "" {
		return e.Object.String() + ": " + what
	}
	if e.Phase == Waiting || strings.HasPrefix(e.Message, what+":") {
		return e.Object.String() + ": " + e.Message
	}
	return e.Object.String() + ": " + what + ", " + e.Message
}

func tell(report func(Event), e Event) {
	if report != nil {
		report(e)
	}
}
