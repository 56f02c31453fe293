package compose

import (
	"fmt"
	"slices"

	"github.com/compose-spec/compose-go/v2/types"

	"github.com/slipway-sh/slipway/internal/source/compose/position"
)

// hooks adds the init containers of a unit's pre_start. They inherit the settings of the service (compose-go does
// that) and its volumes.
func (c *compiler) hooks(p *pod, u *unit) {
	for i := range u.svc.PreStart {
		h := &u.svc.PreStart[i]
		base := u.path("pre_start", indexStep(i))
		if !h.PerReplica && p.u.most() > 1 {
			c.refuse(fmt.Sprintf("runs once for each of %d replicas; say per_replica: true if that is meant, or make it a service with restart: \"no\" that %s waits for", p.u.most(), u.name), base...)
		}
		mounts := slices.Clone(u.mounts)
		for j, v := range h.Volumes {
			mounts = slices.DeleteFunc(mounts, func(m mount) bool { return m.Target == v.Target })
			mounts = append(mounts, mount{v, c.itemPath(append(slices.Clone(base), "volumes"), j, func(n *position.Node) bool { return mountsAt(n, v.Target) })})
		}
		name := fmt.Sprintf("%.45s-pre-start-%d", u.id, i+1)
		prefix := name
		if sameEnvironment(h.ContainerSpec, u.svc.ContainerSpec) {
			prefix = u.id
		}
		p.spec.InitContainers = append(p.spec.InitContainers, p.common(u, name, prefix, &h.ContainerSpec, base, mounts))
	}
}

// sameEnvironment says whether a hook has added nothing to the environment of its service.
func sameEnvironment(a, b types.ContainerSpec) bool {
	if len(a.Environment) != len(b.Environment) {
		return false
	}
	for k, v := range a.Environment {
		w, ok := b.Environment[k]
		if !ok || (v == nil) != (w == nil) || v != nil && *v != *w {
			return false
		}
	}
	return true
}
