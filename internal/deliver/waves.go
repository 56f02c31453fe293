package deliver

import (
	"errors"
	"fmt"
	"sort"
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// ErrCycle says that objects wait for one another in a circle.
var ErrCycle = errors.New("they wait for one another")

// order gives every item its wave and sorts them: by wave, then stage, then kind and name. A wave begins when
// everything that is waited for in the waves before it is ready. What stands between pods (Services, policies) is
// there from the first wave, what lets users in comes after the last.
func order(items []*item, refs []objects.Reference) error {
	o := &ordering{byShort: shortNames(items), state: map[*item]int{}}
	last := 0
	for _, it := range items {
		if len(it.source.After()) > 0 || it.kind.stage == stageRun {
			if err := o.visit(it, nil); err != nil {
				return err
			}
		}
		last = max(last, it.wave)
	}
	for _, it := range items {
		if it.kind.stage == stageRoutes {
			it.wave = last + 1
		}
	}
	follow(items, refs)
	sort.SliceStable(items, func(i, j int) bool { return before(items[i], items[j]) })
	return nil
}

func before(a, b *item) bool {
	switch {
	case a.wave != b.wave:
		return a.wave < b.wave
	case a.kind.stage != b.kind.stage:
		return a.kind.stage < b.kind.stage
	case a.ref.Kind != b.ref.Kind:
		return a.ref.Kind < b.ref.Kind
	}
	return a.ref.Namespace+"/"+a.ref.Name < b.ref.Namespace+"/"+b.ref.Name
}

// follow moves what belongs to a workload into the wave of the first one it belongs to: what pods read, so that pods
// of an earlier version do not see what is meant for a later one; claims; autoscalers and disruption budgets.
func follow(items []*item, refs []objects.Reference) {
	byObject := map[*objects.Object]*item{}
	for _, it := range items {
		byObject[it.source] = it
	}
	first := map[*item]int{}
	for _, r := range refs {
		from, to := byObject[r.From], byObject[r.To]
		if from == nil || to == nil {
			continue
		}
		follower, leader := to, from // a workload names its ConfigMap
		if accompanies[from.ref.Kind] {
			follower, leader = from, to // an autoscaler names its workload
		}
		if !read[follower.ref.Kind] && !accompanies[follower.ref.Kind] || leader.kind.stage != stageRun {
			continue
		}
		if w, ok := first[follower]; !ok || leader.wave < w {
			first[follower] = leader.wave
		}
	}
	for it, wave := range first {
		it.wave = wave
	}
}

var (
	read        = map[string]bool{"ConfigMap": true, "Secret": true, "PersistentVolumeClaim": true}
	accompanies = map[string]bool{"HorizontalPodAutoscaler": true, "PodDisruptionBudget": true}
)

type shortName struct{ namespace, name string }

func shortNames(items []*item) map[shortName]*item {
	m := map[shortName]*item{}
	for _, it := range items {
		m[shortName{it.ref.Namespace, strings.ToLower(it.ref.short())}] = it
	}
	return m
}

type ordering struct {
	byShort map[shortName]*item
	state   map[*item]int
}

const (
	visiting = 1
	visited  = 2
)

// visit gives the item the wave after the last of those it waits for.
func (o *ordering) visit(it *item, path []*item) error {
	path = append(path, it)
	switch o.state[it] {
	case visited:
		return nil
	case visiting:
		for i, p := range path {
			if p == it {
				path = path[i:]
				break
			}
		}
		names := make([]string, len(path))
		for i, p := range path {
			names[i] = p.ref.short()
		}
		return fmt.Errorf("%s: %w: %s; remove one of these dependencies", it.where(), ErrCycle, strings.Join(names, " → "))
	}
	o.state[it] = visiting
	for _, name := range it.source.After() {
		dep := o.byShort[shortName{it.ref.Namespace, strings.ToLower(strings.TrimSpace(name))}]
		if dep == nil {
			return fmt.Errorf("%s: %s names %s, which is not part of the application", it.where(), objects.AfterAnnotation, name)
		}
		if err := o.visit(dep, path); err != nil {
			return err
		}
		it.wave = max(it.wave, dep.wave+1)
	}
	o.state[it] = visited
	return nil
}
