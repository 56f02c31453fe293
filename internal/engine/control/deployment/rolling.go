package deployment

// roll makes one step of a rolling update: up as far as maxSurge allows, else down as far as maxUnavailable does.
func (r *rollout) roll() error {
	if r.current == nil {
		if err := r.create(); err != nil {
			return err
		}
	}
	want := *r.d.Spec.Replicas
	size := *r.current.Spec.Replicas
	if size < want {
		size = r.allowed(size)
	} else {
		size = want
	}
	if err := r.resize(r.current, size, false); err != nil || r.scaled {
		return err
	}
	return r.shrinkOld()
}

// shrinkOld scales old ReplicaSets down: first their pods that do not serve anyway, then as many as the available
// ones of the new can spare. Pods of the new that are not available count as missing in both.
func (r *rollout) shrinkOld() error {
	old := filled(r.old)
	if len(old) == 0 {
		return nil
	}
	_, unavailable := fenceposts(r.d)
	least := *r.d.Spec.Replicas - unavailable
	asked, _ := total(r.all())
	spare := asked - least - (*r.current.Spec.Replicas - r.serving(r.current))
	if spare <= 0 {
		return nil
	}
	for _, rs := range old {
		n := min(spare, *rs.Spec.Replicas-r.serving(rs))
		if n <= 0 {
			continue
		}
		if err := r.resize(rs, *rs.Spec.Replicas-n, false); err != nil {
			return err
		}
		spare -= n
	}
	spare = r.serving(r.current) - least
	for _, rs := range filled(r.old) {
		spare += r.serving(rs)
	}
	for _, rs := range filled(r.old) {
		n := min(spare, *rs.Spec.Replicas)
		if n <= 0 {
			continue
		}
		if err := r.resize(rs, *rs.Spec.Replicas-n, false); err != nil {
			return err
		}
		spare -= n
	}
	return nil
}
