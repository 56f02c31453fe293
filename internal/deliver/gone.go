package deliver

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// untilGone returns when none of the objects is there any more (or another has its name). left, if not nil, is told
// what is still there whenever that changes.
func (t *Target) untilGone(ctx context.Context, refs []Ref, left func([]Ref)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := newState(t)
	uids := map[types.UID]Ref{}
	for _, r := range refs {
		u, err := t.get(ctx, r)
		if err != nil {
			return err
		}
		if u != nil {
			uids[u.GetUID()] = r
		}
	}
	waiting := map[watching]bool{}
	for _, r := range uids {
		gvr, k, err := t.resources.of(r.GroupVersionKind)
		if err != nil {
			return err
		}
		w := watching{gvr, ""}
		if k.namespaced {
			w.namespace = r.Namespace
		}
		if !waiting[w] {
			waiting[w] = true
			s.watch(ctx, w.resource, w.namespace)
		}
	}
	for len(waiting) > 0 || s.has(uids) {
		select {
		case <-ctx.Done():
			return fmt.Errorf("still there: %s: %w", names(remaining(uids, s)), context.Cause(ctx))
		case c := <-s.changes:
			s.take(c)
			if c.all {
				delete(waiting, c.watching)
			}
			if left != nil && len(waiting) == 0 {
				left(remaining(uids, s))
			}
		}
	}
	return nil
}

// has tells whether any of the objects is still there.
func (s *state) has(uids map[types.UID]Ref) bool { return len(remaining(uids, s)) > 0 }

func remaining(uids map[types.UID]Ref, s *state) []Ref {
	var refs []Ref
	for _, known := range s.objects {
		for uid := range known {
			if r, ok := uids[uid]; ok {
				refs = append(refs, r)
			}
		}
	}
	return refs
}

func names(refs []Ref) string {
	list := make([]string, len(refs))
	for i, r := range refs {
		list[i] = r.String()
	}
	return strings.Join(list, ", ")
}
