package deployment

import "github.com/slipway-sh/slipway/internal/engine/control/pods"

// recreate ends all old pods, waits until the last is gone, and only then begins with the new template.
func (r *rollout) recreate() error {
	for _, rs := range filled(r.old) {
		if err := r.resize(rs, 0, false); err != nil {
			return err
		}
	}
	if r.scaled || r.oldPodsRun() {
		return nil
	}
	if r.current == nil {
		if err := r.create(); err != nil {
			return err
		}
	}
	return r.resize(r.current, *r.d.Spec.Replicas, false)
}

func (r *rollout) oldPodsRun() bool {
	for _, rs := range r.old {
		for _, p := range pods.OwnedBy(r.Store, rs) {
			if !pods.Finished(p) {
				return true
			}
		}
	}
	return false
}
