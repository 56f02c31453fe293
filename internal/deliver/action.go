package deliver

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Action is what an operation does to its object.
type Action string

// The actions of a plan.
const (
	Create    Action = "create"
	Configure Action = "configure"
	Replace   Action = "replace" // deleted and created again: a Job that failed
	Unchanged Action = "unchanged"
	Delete    Action = "delete"
)

var past = map[Action]string{
	Create: "created", Configure: "configured", Replace: "replaced", Unchanged: "unchanged", Delete: "deleted",
}

// Past is the action once it is done: "created".
func (a Action) Past() string { return past[a] }

// Operation is one step of a plan.
type Operation struct {
	Action  Action
	Object  Ref
	Wave    int      // from 0
	Changes []string // what Configure changes, one line per field

	source *objects.Object
	kind   kind
	want   *unstructured.Unstructured // what is applied; nil for Delete
	live   *unstructured.Unstructured // what was there when it was planned; nil if nothing
}

// where names the object and, if known, the line of the file it comes from.
func (o *Operation) where() string { return where(o.Object, o.source) }
