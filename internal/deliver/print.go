package deliver

import (
	"fmt"
	"strings"
)

// String is the plan as a person reads it: wave by wave, what happens to each object.
func (p *Plan) String() string {
	var b strings.Builder
	wave := -1
	for _, op := range p.Operations {
		if op.Wave != wave {
			wave = op.Wave
			fmt.Fprintf(&b, "wave %d\n", wave+1)
		}
		op.print(&b)
	}
	if len(p.Prunes) > 0 {
		b.WriteString("no longer wanted\n")
	}
	for _, op := range p.Prunes {
		op.print(&b)
	}
	return b.String()
}

func (o *Operation) print(b *strings.Builder) {
	fmt.Fprintf(b, "  %-9s %s\n", o.Action, o.Object)
	for _, c := range o.Changes {
		fmt.Fprintf(b, "            %s\n", c)
	}
}
