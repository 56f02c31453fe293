package rules

import (
	"fmt"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// transaction collects messages that the kernel takes all or none of.
type transaction struct {
	conn  *nftables.Conn
	table *nftables.Table
	ids   uint32
}

// replace begins anew, and gives the sets that the kernel fills what they held.
func (tx *transaction) replace(t *Table) error {
	learned := tx.learned(t)
	tx.conn.AddTable(tx.table)
	tx.conn.DelTable(tx.table)
	tx.conn.AddTable(tx.table)
	if err := tx.change(NewTable(t.Name), t); err != nil {
		return err
	}
	for name, elements := range learned {
		if err := tx.put(tx.set(name, t.Sets[name]), elements); err != nil {
			return err
		}
	}
	return nil
}

// learned reads the sets that rules fill. What cannot be read is not kept: clients are then spread anew.
func (tx *transaction) learned(t *Table) map[string][]nftables.SetElement {
	out := map[string][]nftables.SetElement{}
	for name, s := range t.Sets {
		if s.Timeout == 0 {
			continue
		}
		elements, err := tx.conn.GetSetElements(&nftables.Set{Table: tx.table, Name: name})
		if err != nil {
			continue
		}
		for _, e := range elements {
			if len(e.Key) == 4 && e.Expires > 0 {
				out[name] = append(out[name], nftables.SetElement{Key: e.Key, Timeout: e.Expires})
			}
		}
	}
	return out
}

// change sends what differs, in the order that references allow: sets, chains, rules, elements, then what goes.
func (tx *transaction) change(old, next *Table) error {
	gone := func(name string, s *Set) bool { n := next.Sets[name]; return n == nil || n.shape() != s.shape() }
	fresh := func(name string, s *Set) bool { o := old.Sets[name]; return o == nil || o.shape() != s.shape() }
	for name, s := range next.Sets {
		if o := old.Sets[name]; o != nil && o.shape() != s.shape() {
			return fmt.Errorf("set %s changes its type", name)
		}
	}
	for _, name := range sortedKeys(next.Sets) {
		if s := next.Sets[name]; fresh(name, s) {
			if err := tx.conn.AddSet(tx.set(name, s), nil); err != nil {
				return err
			}
		}
	}
	for _, name := range sortedKeys(next.Chains) {
		if old.Chains[name] == nil {
			tx.conn.AddChain(tx.chain(name, next.Chains[name]))
		}
	}
	for _, name := range sortedKeys(next.Chains) {
		c, o := next.Chains[name], old.Chains[name]
		if o != nil {
			if o.text() == c.text() {
				continue
			}
			tx.conn.FlushChain(tx.chain(name, c))
		}
		for _, r := range c.Rules {
			if err := tx.rule(name, r); err != nil {
				return err
			}
		}
	}
	for _, name := range sortedKeys(next.Sets) {
		s := next.Sets[name]
		before := map[string]Element{}
		if !fresh(name, s) {
			before = old.Sets[name].Elements
		}
		if err := tx.elements(name, s, before); err != nil {
			return err
		}
	}
	for _, name := range sortedKeys(old.Sets) {
		if s := old.Sets[name]; gone(name, s) && s.Verdicts && len(s.Elements) > 0 {
			tx.conn.FlushSet(tx.set(name, s))
		}
	}
	var stale []string
	for _, name := range sortedKeys(old.Chains) {
		if next.Chains[name] == nil {
			stale = append(stale, name)
			tx.conn.FlushChain(tx.chain(name, old.Chains[name]))
		}
	}
	for _, name := range stale {
		tx.conn.DelChain(tx.chain(name, old.Chains[name]))
	}
	for _, name := range sortedKeys(old.Sets) {
		if s := old.Sets[name]; gone(name, s) {
			tx.conn.DelSet(tx.set(name, s))
		}
	}
	return nil
}

func (tx *transaction) chain(name string, c *Chain) *nftables.Chain {
	ch := &nftables.Chain{Name: name, Table: tx.table}
	if h := c.Hook; h != nil {
		ch.Type, ch.Hooknum, ch.Priority = h.Type, h.At, nftables.ChainPriorityRef(nftables.ChainPriority(h.Priority))
	}
	return ch
}

// set describes a set to the kernel. The library numbers sets from a variable that connections share unguarded, so
// we number them.
func (tx *transaction) set(name string, s *Set) *nftables.Set {
	tx.ids++
	out := &nftables.Set{Table: tx.table, ID: tx.ids, Name: name, IsMap: s.Verdicts, Interval: s.Interval}
	var types []nftables.SetDatatype
	for _, f := range s.Key {
		types = append(types, f.types()...)
	}
	if out.KeyType = types[0]; len(types) > 1 {
		out.Concatenation, out.KeyType = true, nftables.MustConcatSetType(types...)
	}
	if s.Verdicts {
		out.DataType = nftables.TypeVerdict
	}
	if s.Timeout > 0 {
		out.Dynamic, out.HasTimeout, out.Timeout, out.Size = true, true, s.Timeout, 65535
	}
	return out
}

func (tx *transaction) rule(chain string, r Rule) error {
	exprs := make([]expr.Any, 0, len(r.exprs)+1)
	for _, e := range r.exprs {
		c, ok := e.(*choice)
		if !ok {
			exprs = append(exprs, e)
			continue
		}
		tx.ids++
		m := &nftables.Set{Table: tx.table, ID: tx.ids, Name: "__map%d", Anonymous: true, Constant: true, IsMap: true,
			KeyType: nftables.TypeInteger, DataType: c.data}
		elements := slices.Clone(c.elements)
		for i := range elements {
			elements[i].Key = word(uint32(i))
		}
		if err := tx.conn.AddSet(m, elements); err != nil {
			return err
		}
		to := uint32(reg0)
		if c.verdict {
			to = unix.NFT_REG_VERDICT
		}
		exprs = append(exprs,
			&expr.Numgen{Register: reg0, Modulus: uint32(len(elements)), Type: unix.NFT_NG_RANDOM},
			&expr.Lookup{SourceRegister: reg0, DestRegister: to, IsDestRegSet: true, SetName: m.Name, SetID: m.ID})
	}
	tx.conn.AddRule(&nftables.Rule{Table: tx.table, Chain: &nftables.Chain{Name: chain, Table: tx.table}, Exprs: exprs})
	return nil
}

// elements sends the difference of a set's elements: those that go first, since a new one may have the same key.
func (tx *transaction) elements(name string, s *Set, before map[string]Element) error {
	var del, add []nftables.SetElement
	for _, k := range sortedKeys(before) {
		if e, ok := s.Elements[k]; !ok || e != before[k] {
			del = append(del, encode(s, k, before[k])...)
		}
	}
	for _, k := range sortedKeys(s.Elements) {
		if e, ok := before[k]; !ok || e != s.Elements[k] {
			add = append(add, encode(s, k, s.Elements[k])...)
		}
	}
	set := tx.set(name, s)
	for len(del) > 0 {
		n := min(len(del), chunk)
		if err := tx.conn.SetDeleteElements(set, del[:n]); err != nil {
			return err
		}
		del = del[n:]
	}
	return tx.put(set, add)
}

// chunk elements fit into one attribute of at most 64 KiB.
const chunk = 300

func (tx *transaction) put(set *nftables.Set, add []nftables.SetElement) error {
	for len(add) > 0 {
		n := min(len(add), chunk)
		if err := tx.conn.SetAddElements(set, add[:n]); err != nil {
			return err
		}
		add = add[n:]
	}
	return nil
}

func encode(s *Set, key string, e Element) []nftables.SetElement {
	out := []nftables.SetElement{{Key: []byte(key)}}
	if s.Verdicts {
		out[0].VerdictData = &expr.Verdict{Kind: e.Verdict.Kind, Chain: e.Verdict.Chain}
	}
	if s.Interval && e.End != "" {
		out = append(out, nftables.SetElement{Key: []byte(e.End), IntervalEnd: true})
	}
	return out
}
