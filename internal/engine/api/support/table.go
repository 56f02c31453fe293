package support

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed fields.txt
var fieldsFile string

// rule is what happens to one field. The zero rule carries it.
type rule struct {
	refused bool // else warned about, if there is advice
	advice  string
	values  []string // if not nil, only these values, or with but only others, are concerned
	but     bool
}

// concerns tells whether the rule is about that value of the field.
func (r rule) concerns(value string) bool {
	return r.values == nil || slices.Contains(r.values, value) != r.but
}

// table is the rules by type ("core/v1.PodSpec") and field as JSON names it; read when somebody first asks.
var table = sync.OnceValues(func() (map[string]map[string][]rule, error) { return parse(fieldsFile) })

func parse(text string) (map[string]map[string][]rule, error) {
	out := map[string]map[string][]rule{}
	var types []string
	inRules := true
	for n, line := range strings.Split(text, "\n") {
		mark, rest, _ := strings.Cut(line, " ")
		switch mark {
		case "", "#":
			continue
		case "+", "~", "-":
			inRules = true
		default:
			if inRules {
				types, inRules = nil, false
			}
			for _, t := range strings.Fields(line) {
				if out[t] != nil {
					return nil, fmt.Errorf("fields.txt:%d: %s is there twice", n+1, t)
				}
				types = append(types, t)
				out[t] = map[string][]rule{}
			}
			continue
		}
		fields, r := strings.Fields(rest), rule{refused: mark == "-"}
		if mark != "+" {
			name, advice, ok := strings.Cut(rest, ": ")
			if !ok {
				return nil, fmt.Errorf("fields.txt:%d: no advice", n+1)
			}
			name, values, some := strings.Cut(name, "=")
			r.advice = advice
			if some {
				r.but = strings.HasSuffix(name, "!")
				r.values = strings.Split(values, "|")
			}
			fields = []string{strings.TrimSuffix(name, "!")}
		}
		for _, t := range types {
			for _, f := range fields {
				out[t][f] = append(out[t][f], r)
			}
		}
	}
	return out, nil
}
