package rules

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/google/nftables"
)

// Table is the whole of what we ask of the packet filter, for IPv4.
type Table struct {
	Name   string
	Chains map[string]*Chain
	Sets   map[string]*Set
}

// Chain is a list of rules; with a Hook, packets enter it by themselves.
type Chain struct {
	Hook  *Hook
	Rules []Rule
}

// Hook says where in a packet's way a chain stands.
type Hook struct {
	Type     nftables.ChainType
	At       *nftables.ChainHook
	Priority int32
}

// Set is a named set, or a map from keys to verdicts.
type Set struct {
	Key      []Field
	Verdicts bool          // a map to verdicts
	Interval bool          // elements are ranges; such a set never changes, another takes its place
	Timeout  time.Duration // if not zero, rules add the elements, and the kernel forgets them after that time
	Elements map[string]Element
}

// Element is one member of a set.
type Element struct {
	End     string  // the first key beyond the range, for intervals; "" reaches to the last address
	Verdict Verdict // for maps
}

// NewTable returns an empty table.
func NewTable(name string) *Table {
	return &Table{Name: name, Chains: map[string]*Chain{}, Sets: map[string]*Set{}}
}

// Chain returns the chain of that name, made if missing.
func (t *Table) Chain(name string) *Chain {
	c := t.Chains[name]
	if c == nil {
		c = &Chain{}
		t.Chains[name] = c
	}
	return c
}

// Base adds a chain that stands at a hook.
func (t *Table) Base(name string, typ nftables.ChainType, at *nftables.ChainHook, priority int32) *Chain {
	c := t.Chain(name)
	c.Hook = &Hook{Type: typ, At: at, Priority: priority}
	return c
}

// Set adds a set of keys.
func (t *Table) Set(name string, key ...Field) *Set {
	s := t.Sets[name]
	if s == nil {
		s = &Set{Key: key, Elements: map[string]Element{}}
		t.Sets[name] = s
	}
	return s
}

// Map adds a map from keys to verdicts.
func (t *Table) Map(name string, key ...Field) *Set {
	s := t.Set(name, key...)
	s.Verdicts = true
	return s
}

// Add appends a rule made of parts.
func (c *Chain) Add(parts ...Part) { c.Rules = append(c.Rules, NewRule(parts...)) }

func (c *Chain) text() string {
	var b strings.Builder
	for _, r := range c.Rules {
		b.WriteString(r.Text)
		b.WriteByte('\n')
	}
	return b.String()
}

// shape is what cannot be changed of a set without making it anew.
func (s *Set) shape() string {
	return fmt.Sprint(s.Key, s.Verdicts, s.Interval, s.Timeout)
}

// String lists the table in the order of names, for people and tests.
func (t *Table) String() string {
	var b strings.Builder
	for _, name := range sortedKeys(t.Sets) {
		s := t.Sets[name]
		fmt.Fprintf(&b, "set %s {", name)
		for i, k := range sortedKeys(s.Elements) {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(" " + s.show(k))
		}
		b.WriteString(" }\n")
	}
	for _, name := range sortedKeys(t.Chains) {
		fmt.Fprintf(&b, "chain %s\n", name)
		for _, r := range t.Chains[name].Rules {
			fmt.Fprintf(&b, "\t%s\n", r.Text)
		}
	}
	return b.String()
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
