package job

import (
	"context"
	"slices"
	"sort"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

// uncountedLimit bounds how many pods one look counts, and so the size of the status.
const uncountedLimit = 500

// track counts pods that ended, each exactly once: their UIDs go into the status, then their finalizers go, then the
// counts take the place of the UIDs. Last, when nothing is uncounted or ending, the Job gets its final condition.
func (l *look) track() error {
	s := &l.job.Status
	held := map[types.UID]bool{}
	for _, p := range l.pods {
		if tracked(p) {
			held[p.UID] = true
		}
	}
	settle(s, held)
	counted, all := l.collect()
	if l.indexed() {
		s.CompletedIndexes = formatIndexes(l.indexes)
		s.Succeeded = int32(len(l.indexes))
	}
	if l.verdict != nil && find(l.job, l.verdict.Type) == nil {
		s.Conditions = append(s.Conditions, *l.verdict)
	}
	if err := l.flush(); err != nil {
		return err
	}
	for _, p := range counted {
		if err := l.untrack(l.ctx, p); err != nil {
			return err
		}
		delete(held, p.UID)
	}
	s = &l.job.Status
	settle(s, held)
	u := s.UncountedTerminatedPods
	done := l.verdict != nil && all && len(u.Succeeded)+len(u.Failed) == 0 && *s.Terminating == 0
	if done {
		l.finish()
	}
	if err := l.flush(); err != nil {
		return err
	}
	if done {
		l.announce()
	}
	return nil
}

// settle moves pods that have lost their finalizer from the uncounted into the counts.
func settle(s *batchv1.JobStatus, held map[types.UID]bool) {
	u := s.UncountedTerminatedPods
	gone := func(uid types.UID) bool { return !held[uid] }
	before := len(u.Succeeded)
	u.Succeeded = slices.DeleteFunc(u.Succeeded, gone)
	s.Succeeded += int32(before - len(u.Succeeded))
	before = len(u.Failed)
	u.Failed = slices.DeleteFunc(u.Failed, gone)
	s.Failed += int32(before - len(u.Failed))
	if len(u.Succeeded) == 0 {
		u.Succeeded = nil
	}
	if len(u.Failed) == 0 {
		u.Failed = nil
	}
}

// collect notes in the status the pods that ended, and returns those whose finalizer may go then; all is false if
// there are more of them than one look counts.
func (l *look) collect() (counted []*corev1.Pod, all bool) {
	u := l.job.Status.UncountedTerminatedPods
	over := l.job.DeletionTimestamp != nil || l.verdict != nil
	lost := l.verdict != nil && l.verdict.Type == batchv1.JobFailureTarget
	for _, p := range l.pods {
		if !tracked(p) || !over && !succeeded(p) && !failed(p) {
			continue
		}
		counted = append(counted, p)
		switch {
		case succeeded(p) && !has(u.Failed, p.UID):
			if l.indexed() {
				if l.validIndex(p) {
					l.indexes = insert(l.indexes, indexOf(p))
				}
			} else if !has(u.Succeeded, p.UID) {
				u.Succeeded = append(u.Succeeded, p.UID)
			}
		case (failed(p) || lost) && !has(u.Failed, p.UID) && l.validIndex(p) && countsAsFailure(l.job, p):
			u.Failed = append(u.Failed, p.UID)
		}
		if len(u.Succeeded)+len(u.Failed) >= uncountedLimit {
			return counted, false
		}
	}
	return counted, true
}

// untrack takes the finalizer from a pod.
func (c *controller) untrack(ctx context.Context, p *corev1.Pod) error {
	_, err := loop.Modify(ctx, c.Store, p.Namespace, p.Name, func(o *corev1.Pod) error {
		if o.UID == p.UID {
			o.Finalizers = slices.DeleteFunc(o.Finalizers, func(f string) bool { return f == batchv1.JobTrackingFinalizer })
		}
		return nil
	})
	return loop.IgnoreNotFound(err)
}

// finish turns the verdict into the final condition.
func (l *look) finish() {
	t := batchv1.JobFailed
	if l.verdict.Type == batchv1.JobSuccessCriteriaMet {
		t = batchv1.JobComplete
	}
	c := l.condition(t, l.verdict.Reason, l.verdict.Message)
	l.job.Status.Conditions = append(l.job.Status.Conditions, *c)
	if t == batchv1.JobComplete {
		l.job.Status.CompletionTime = &c.LastTransitionTime
	}
}

func (l *look) announce() {
	if l.verdict.Type == batchv1.JobSuccessCriteriaMet {
		if want := l.job.Spec.Completions; want != nil && l.job.Status.Succeeded > *want {
			l.events.Event(l.job, corev1.EventTypeWarning, "TooManySucceededPods", "Too many succeeded pods running after completion count reached")
		}
		l.events.Event(l.job, corev1.EventTypeNormal, "Completed", "Job completed")
		return
	}
	l.events.Event(l.job, corev1.EventTypeWarning, l.verdict.Reason, "%s", l.verdict.Message)
}

// release takes the finalizer from pods whose Job is gone or finished: nobody counts them any more.
func (c *controller) release(ctx context.Context, key store.Key) error {
	for _, p := range store.List[*corev1.Pod](c.Store, key.Namespace, nil) {
		ref := metav1.GetControllerOfNoCopy(p)
		if !tracked(p) || ref == nil && p.Labels[batchv1.JobNameLabel] != key.Name || ref != nil && (ref.Kind != "Job" || ref.Name != key.Name) {
			continue
		}
		if j, err := store.Get[*batchv1.Job](c.Store, key.Namespace, key.Name); err == nil && ref != nil && j.UID == ref.UID && Finished(j) == nil {
			continue
		}
		if err := c.untrack(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// expire deletes a finished Job ttlSecondsAfterFinished after its end, with its pods.
func (c *controller) expire(ctx context.Context, j *batchv1.Job) error {
	if j.Spec.TTLSecondsAfterFinished == nil || j.DeletionTimestamp != nil {
		return nil
	}
	end := Finished(j).LastTransitionTime.Time
	left := end.Add(time.Duration(*j.Spec.TTLSecondsAfterFinished) * time.Second).Sub(c.Clock.Now())
	if left > 0 {
		c.After(loop.KeyOf(j), left)
		return nil
	}
	policy := metav1.DeletePropagationForeground
	return loop.Delete(ctx, c.Store, j, metav1.DeleteOptions{PropagationPolicy: &policy})
}

// byEnd sorts pods that ended by when they did.
func byEnd(list []*corev1.Pod) {
	sort.SliceStable(list, func(i, j int) bool { return endOf(list[i]).Before(endOf(list[j])) })
}
