package deliver

import (
	"fmt"
	"strings"
)

// Change is what was done to one object.
type Change struct {
	Object Ref
	Action Action
}

// ChangeSet is what was done, in order.
type ChangeSet struct {
	Changes []Change
}

func (c *ChangeSet) add(r Ref, a Action) { c.Changes = append(c.Changes, Change{r, a}) }

// Count is how many objects an action was done to.
func (c *ChangeSet) Count(a Action) int {
	n := 0
	for _, ch := range c.Changes {
		if ch.Action == a {
			n++
		}
	}
	return n
}

// String is "3 created, 1 configured, 12 unchanged"; "unchanged" when nothing was done.
func (c *ChangeSet) String() string {
	var parts []string
	for _, a := range []Action{Create, Configure, Replace, Delete, Unchanged} {
		if n := c.Count(a); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, a.Past()))
		}
	}
	if len(c.Changes) == c.Count(Unchanged) {
		return "unchanged"
	}
	return strings.Join(parts, ", ")
}
