package manifest

import (
	"cmp"
	"fmt"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

// justMeta is what every object has.
type justMeta struct {
	Metadata metav1.ObjectMeta `json:"metadata"`
}

// fault says what does not fit, with the edit that mends it where there is one right answer.
func (r *reading) fault(f fault) {
	at := objects.JoinPath(f.path...)
	switch {
	case f.unknown && f.similar != "":
		p := r.say("unknown-field", at, fmt.Sprintf("%s %s; %s is", at, f.text, f.similar), objects.Edit{Op: objects.EditRename, Path: at, Value: f.similar})
		p.Advice = "write " + f.similar
	case f.unknown:
		r.say("unknown-field", at, fmt.Sprintf("%s %s", at, f.text))
	case f.want != reflect.Invalid:
		p := r.say("wrong-type", at, fmt.Sprintf("%s %s", at, f.text))
		raw := ""
		if r.places != nil {
			at := r.places.find(f.path)
			raw = at.raw
		}
		if better, ok := coerce(f, raw); ok && r.prefix == "" {
			p.Edits = r.place([]objects.Edit{{Op: objects.EditSet, Path: at, Value: better}})
			p.Advice = advise(better)
		}
	default:
		r.say("invalid", at, fmt.Sprintf("%s: %s", at, f.text))
	}
}

// coerce finds the value that was meant, where only its form is wrong. raw is the value as it stands in the text.
func coerce(f fault, raw string) (any, bool) {
	switch v := f.value.(type) {
	case bool, int64, float64:
		if f.want == reflect.String {
			return cmp.Or(raw, fmt.Sprint(v)), true
		}
	case map[string]any:
		if f.want == reflect.Slice {
			return []any{v}, true
		}
	case string:
		last := f.path[len(f.path)-1].Key
		if (last == "strategy" || last == "updateStrategy") && f.want == reflect.Struct {
			for _, kind := range []string{"RollingUpdate", "Recreate", "OnDelete"} {
				if equalFold(kind, v) {
					return map[string]any{"type": kind}, true
				}
			}
		}
		if n, ok := number(orSpace(v)).(int64); ok && f.want >= reflect.Int && f.want <= reflect.Uint64 {
			return n, true
		}
		if f.want == reflect.Bool && (v == "true" || v == "false") {
			return v == "true", true
		}
	}
	return nil, false
}

func advise(better any) string {
	switch v := better.(type) {
	case string:
		return fmt.Sprintf("put it in quotes: %q", v)
	case map[string]any:
		return fmt.Sprintf("write it as a mapping: {type: %s}", v["type"])
	case []any:
		return "make it an item of a list, with a dash"
	}
	return fmt.Sprintf("write %v, without quotes", better)
}
