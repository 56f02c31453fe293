package deployment

import (
	"math"
	"sort"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// fenceposts are maxSurge, rounded up, and maxUnavailable, rounded down; if both come to 0, one may be unavailable.
func fenceposts(d *appsv1.Deployment) (surge, unavailable int32) {
	u := d.Spec.Strategy.RollingUpdate
	if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType || u == nil || *d.Spec.Replicas == 0 {
		return 0, 0
	}
	zero := intstr.FromInt32(0)
	s, _ := intstr.GetScaledValueFromIntOrPercent(intstr.ValueOrDefault(u.MaxSurge, zero), int(*d.Spec.Replicas), true)
	m, _ := intstr.GetScaledValueFromIntOrPercent(intstr.ValueOrDefault(u.MaxUnavailable, zero), int(*d.Spec.Replicas), false)
	if s == 0 && m == 0 {
		m = 1
	}
	return int32(s), min(int32(m), *d.Spec.Replicas)
}

func (r *rollout) all() []*appsv1.ReplicaSet {
	all := append([]*appsv1.ReplicaSet(nil), r.old...)
	if r.current != nil {
		all = append(all, r.current)
	}
	return all
}

func filled(list []*appsv1.ReplicaSet) []*appsv1.ReplicaSet {
	var out []*appsv1.ReplicaSet
	for _, rs := range list {
		if *rs.Spec.Replicas > 0 {
			out = append(out, rs)
		}
	}
	return out
}

func total(list []*appsv1.ReplicaSet) (asked, available int32) {
	for _, rs := range list {
		asked += *rs.Spec.Replicas
		available += rs.Status.AvailableReplicas
	}
	return asked, available
}

// serving counts the available pods that a ReplicaSet has and will keep: its status may lag behind both.
func (r *rollout) serving(rs *appsv1.ReplicaSet) int32 {
	var n int32
	for _, p := range pods.OwnedBy(r.Store, rs) {
		if ok, _ := pods.Available(p, rs.Spec.MinReadySeconds, r.Clock.Now()); ok && pods.Active(p) {
			n++
		}
	}
	return min(n, *rs.Spec.Replicas)
}

// there counts the pods asked for, or those there are where they are more: a ReplicaSet that was scaled down may not
// have deleted its pods yet.
func (r *rollout) there() int32 {
	var n int32
	for _, rs := range r.all() {
		n += max(*rs.Spec.Replicas, int32(len(pods.Filter(pods.OwnedBy(r.Store, rs), pods.Active))))
	}
	return n
}

// allowed is the size that the current ReplicaSet, now of that size, may have without exceeding maxSurge.
func (r *rollout) allowed(size int32) int32 {
	want := *r.d.Spec.Replicas
	if r.d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return want
	}
	surge, _ := fenceposts(r.d)
	room := want + surge - r.there()
	if room <= 0 {
		return size
	}
	return size + min(room, want-size)
}

func (r *rollout) noteSize(rs *appsv1.ReplicaSet) {
	if rs.Annotations == nil {
		rs.Annotations = map[string]string{}
	}
	surge, _ := fenceposts(r.d)
	rs.Annotations[desiredAnnotation] = strconv.Itoa(int(*r.d.Spec.Replicas))
	rs.Annotations[maximumAnnotation] = strconv.Itoa(int(*r.d.Spec.Replicas + surge))
}

// resize gives a ReplicaSet a size, and notes in it that of the Deployment. force notes even if the size stays.
func (r *rollout) resize(rs *appsv1.ReplicaSet, size int32, force bool) error {
	before := *rs.Spec.Replicas
	if before == size && !force {
		return nil
	}
	next := rs.DeepCopy()
	*next.Spec.Replicas = size
	r.noteSize(next)
	saved, err := loop.Update(r.ctx, r.Store, next)
	if err != nil {
		return err
	}
	r.replace(saved)
	if before == size {
		return nil
	}
	r.scaled = true
	way := "down"
	if size > before {
		way = "up"
	}
	r.events.Event(r.d, corev1.EventTypeNormal, "ScalingReplicaSet", "Scaled %s replica set %s from %d to %d", way, rs.Name, before, size)
	return nil
}

func (r *rollout) replace(saved *appsv1.ReplicaSet) {
	if r.current != nil && r.current.UID == saved.UID {
		r.current = saved
	}
	for i, rs := range r.old {
		if rs.UID == saved.UID {
			r.old[i] = saved
		}
	}
}

func number(rs *appsv1.ReplicaSet, annotation string) (int32, bool) {
	n, err := strconv.ParseInt(rs.Annotations[annotation], 10, 32)
	return int32(n), err == nil && n >= 0
}

// resized tells whether the Deployment was given another size since its ReplicaSets were.
func (r *rollout) resized() bool {
	for _, rs := range filled(r.all()) {
		if n, ok := number(rs, desiredAnnotation); ok && n != *r.d.Spec.Replicas {
			return true
		}
	}
	return false
}

// spread brings the ReplicaSets to another size of the Deployment in proportion, so that a bad new template does not
// get a larger share than it had.
func (r *rollout) spread() error {
	active := filled(r.all())
	if len(active) <= 1 {
		target := r.current
		switch {
		case len(active) == 1:
			target = active[0]
		case target == nil && len(r.old) > 0:
			target = r.old[len(r.old)-1]
		case target == nil:
			return nil
		}
		return r.resize(target, *r.d.Spec.Replicas, false)
	}
	if r.saturated() {
		for _, rs := range filled(r.old) {
			if err := r.resize(rs, 0, false); err != nil {
				return err
			}
		}
		return nil
	}
	if r.d.Spec.Strategy.Type != appsv1.RollingUpdateDeploymentStrategyType {
		return nil
	}
	surge, _ := fenceposts(r.d)
	room := int32(0)
	if *r.d.Spec.Replicas > 0 {
		room = *r.d.Spec.Replicas + surge
	}
	asked, _ := total(active)
	add := room - asked
	sort.SliceStable(active, func(i, j int) bool {
		a, b := active[i], active[j]
		if *a.Spec.Replicas != *b.Spec.Replicas {
			return *a.Spec.Replicas > *b.Spec.Replicas
		}
		if add > 0 {
			return older(b, a)
		}
		return older(a, b)
	})
	sizes, left := make([]int32, len(active)), add
	for i, rs := range active {
		share := r.share(rs, surge)
		if add > 0 {
			share = min(share, left)
		} else {
			share = max(share, left)
		}
		if left == 0 {
			share = 0
		}
		sizes[i] = *rs.Spec.Replicas + share
		left -= share
	}
	sizes[0] = max(sizes[0]+left, 0)
	for i, rs := range active {
		if err := r.resize(rs, sizes[i], true); err != nil {
			return err
		}
	}
	return nil
}

// share is by how much a ReplicaSet grows if it keeps its proportion of the Deployment.
func (r *rollout) share(rs *appsv1.ReplicaSet, surge int32) int32 {
	size := *rs.Spec.Replicas
	if *r.d.Spec.Replicas == 0 {
		return -size
	}
	before, ok := number(rs, maximumAnnotation)
	if !ok || before == 0 {
		if before = r.d.Status.Replicas; before == 0 {
			return 0
		}
	}
	return int32(math.Round(float64(size*(*r.d.Spec.Replicas+surge))/float64(before))) - size
}

// saturated tells whether the current ReplicaSet carries the whole Deployment.
func (r *rollout) saturated() bool {
	if r.current == nil {
		return false
	}
	want := *r.d.Spec.Replicas
	n, ok := number(r.current, desiredAnnotation)
	return ok && n == want && *r.current.Spec.Replicas == want && r.current.Status.AvailableReplicas == want
}
