package event

import "time"

// similar is how many Events that differ in their words alone are kept apart. What says more (a probe whose answer
// has the time in it) is one Event from there on, counted, with the newest words; as Kubernetes' recorders do.
const similar = 10

// crowd counts the different words of one object, component and reason.
type crowd struct {
	words int
	last  time.Time
}

// crowds are kept by identity without words.
type crowds map[identity]*crowd

// join makes an occurrence one of many if it is.
func (c crowds) join(seen map[identity]*told, o occurrence) occurrence {
	all := o.identity
	all.words = ""
	g := c[all]
	if g == nil || o.at.Sub(g.last) > remembered {
		g = &crowd{}
		c[all] = g
	}
	g.last = o.at
	if seen[o.identity] != nil {
		return o
	}
	if g.words < similar {
		g.words++
		return o
	}
	o.identity, o.text = all, "(combined from similar events): "+o.text
	if len(o.text) > longest {
		o.text = o.text[:longest-3] + "..."
	}
	return o
}

// forget drops what was long ago.
func (c crowds) forget(now time.Time) {
	for id, g := range c {
		if now.Sub(g.last) > remembered {
			delete(c, id)
		}
	}
}
