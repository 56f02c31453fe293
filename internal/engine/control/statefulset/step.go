package statefulset

import (
	"sort"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

// replica is the pod of one ordinal: one that is there, or one that should be.
type replica struct {
	ordinal int
	pod     *corev1.Pod
	there   bool
}

// step brings the pods one step nearer to what they should be; in order, unless the set is Parallel.
func (l *look) step() error {
	if l.set.DeletionTimestamp != nil {
		return nil
	}
	wanted, extra := l.arrange()
	ordered := l.set.Spec.PodManagementPolicy != appsv1.ParallelPodManagement
	if waits, err := each(wanted, ordered, func(r *replica) (bool, error) { return l.keep(r, ordered) }); waits || err != nil {
		return err
	}
	if _, err := each(extra, ordered, func(r *replica) (bool, error) { return false, l.keepClaims(r) }); err != nil {
		return err
	}
	sick := l.firstUnavailable(wanted, extra)
	if waits, err := each(extra, ordered, func(r *replica) (bool, error) { return l.drop(r, sick, ordered) }); waits || err != nil {
		return err
	}
	if l.set.Spec.UpdateStrategy.Type == appsv1.OnDeleteStatefulSetStrategyType {
		return nil
	}
	return l.roll(wanted)
}

// each does something to every replica; in order it stops at the first for which that says to wait.
func each(list []*replica, ordered bool, do func(*replica) (bool, error)) (waits bool, err error) {
	if !ordered {
		_, err := pods.SlowStart(len(list), func(i int) error { _, err := do(list[i]); return err })
		return false, err
	}
	for _, r := range list {
		if waits, err := do(r); waits || err != nil {
			return true, err
		}
	}
	return false, nil
}

// arrange sorts the pods into those wanted, by ordinal, with new ones for those missing, and those beyond, the
// highest first.
func (l *look) arrange() (wanted, extra []*replica) {
	start := l.start()
	wanted = make([]*replica, *l.set.Spec.Replicas)
	for _, p := range l.pods {
		n := ordinalOf(l.set.Name, p.Name)
		r := &replica{n, p, true}
		if i := n - start; i >= 0 && i < len(wanted) {
			wanted[i] = r
		} else {
			extra = append(extra, r)
		}
	}
	for i := range wanted {
		if wanted[i] == nil {
			wanted[i] = &replica{ordinal: start + i, pod: l.newPod(start + i)}
		}
	}
	sort.Slice(extra, func(i, j int) bool { return extra[i].ordinal > extra[j].ordinal })
	return wanted, extra
}

func (l *look) start() int {
	if o := l.set.Spec.Ordinals; o != nil {
		return int(o.Start)
	}
	return 0
}

// keep makes sure that a wanted pod is there, and tells whether the next has to wait for it.
func (l *look) keep(r *replica, ordered bool) (waits bool, err error) {
	p := r.pod
	if r.there && pods.Finished(p) {
		if p.DeletionTimestamp == nil {
			err = l.delete(p)
		}
		return true, err
	}
	if !r.there {
		if l.staleClaim(p) {
			return true, nil
		}
		return true, l.create(p)
	}
	if p.Status.Phase == corev1.PodPending || p.Status.Phase == "" {
		if err := l.makeClaims(p); err != nil {
			return true, err
		}
	}
	ok, _ := l.available(p)
	if ordered && (p.DeletionTimestamp != nil || p.Status.Phase != corev1.PodRunning || !ok) {
		return true, nil
	}
	if err := l.keepClaims(r); err != nil {
		return true, err
	}
	return false, l.keepIdentity(p)
}

// firstUnavailable is the pod that may be deleted out of turn: the lowest that does not serve.
func (l *look) firstUnavailable(wanted, extra []*replica) *replica {
	for _, r := range wanted {
		if l.unavailable(r) {
			return r
		}
	}
	for i := len(extra) - 1; i >= 0; i-- {
		if l.unavailable(extra[i]) {
			return extra[i]
		}
	}
	return nil
}

func (l *look) unavailable(r *replica) bool {
	ok, _ := l.available(r.pod)
	return !r.there || !ok || r.pod.DeletionTimestamp != nil
}

// drop deletes a pod beyond the wanted ones, in order only when all before it serve.
func (l *look) drop(r, sick *replica, ordered bool) (waits bool, err error) {
	if r.pod.DeletionTimestamp != nil {
		return ordered, nil
	}
	if ordered && l.unavailable(r) && r != sick {
		return true, nil
	}
	return true, l.delete(r.pod)
}

// roll deletes the highest pod that does not have the update revision, when all above it serve.
func (l *look) roll(wanted []*replica) error {
	partition := 0
	if u := l.set.Spec.UpdateStrategy.RollingUpdate; u != nil && u.Partition != nil {
		partition = int(*u.Partition)
	}
	for i := len(wanted) - 1; i >= partition; i-- {
		r := wanted[i]
		if r.there && revisionOf(r.pod) != l.update.Name && r.pod.DeletionTimestamp == nil {
			return l.delete(r.pod)
		}
		if l.unavailable(r) {
			return nil
		}
	}
	return nil
}
