package job

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

const (
	burst        = 500
	firstBackoff = 10 * time.Second
	lastBackoff  = 10 * time.Minute
)

var errChanged = errors.New("the Job changed meanwhile")

// manage creates the pods that the Job lacks, or deletes those it has too many of; never both in one look.
func (l *look) manage() error {
	active := pods.Filter(l.pods, pods.Active)
	if l.suspended() {
		return l.drop(active)
	}
	want := int(*l.job.Spec.Parallelism)
	switch c := l.job.Spec.Completions; {
	case c != nil:
		want = max(min(int(*c-l.succeeded), want), 0)
	case l.succeeded > 0:
		want = len(active) // one success is enough; whatever runs may end
	}
	if extra := l.superfluous(active, len(active)-want); len(extra) > 0 {
		return l.drop(extra)
	}
	ends := pods.Filter(l.pods, ending)
	lacking := min(want-len(active)-len(ends), burst)
	if lacking <= 0 {
		return nil
	}
	if wait := l.backoff(); wait > 0 {
		l.After(l.key(), wait)
		return nil
	}
	indexes := slices.Repeat([]int{-1}, lacking)
	if l.indexed() {
		indexes = pending(l.indexes, append(active, ends...), lacking, int(*l.job.Spec.Completions))
	}
	_, err := pods.SlowStart(len(indexes), func(i int) error { return l.create(indexes[i]) })
	return err
}

// superfluous chooses at least n pods to delete: those without an index of their own first.
func (l *look) superfluous(active []*corev1.Pod, n int) []*corev1.Pod {
	var out, rest []*corev1.Pod
	seen := map[int]bool{}
	for _, p := range active {
		if l.indexed() && (!l.validIndex(p) || seen[indexOf(p)]) {
			out = append(out, p)
			continue
		}
		seen[indexOf(p)] = true
		rest = append(rest, p)
	}
	pods.SortForDeletion(rest, l.Clock.Now())
	for len(out) < n {
		out, rest = append(out, rest[0]), rest[1:]
	}
	return out
}

// drop deletes pods that are not to be counted.
func (l *look) drop(list []*corev1.Pod) error {
	var errs []error
	for _, p := range list[:min(len(list), burst)] {
		err := l.untrack(l.ctx, p)
		if err == nil {
			err = l.delete(p)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// deleteAll deletes what still runs of a Job that is over; it is counted by its finalizer.
func (l *look) deleteAll() error {
	var errs []error
	for _, p := range pods.Filter(l.pods, pods.Active) {
		errs = append(errs, l.delete(p))
	}
	return errors.Join(errs...)
}

func (l *look) delete(p *corev1.Pod) error {
	if err := loop.Delete(l.ctx, l.Store, p, metav1.DeleteOptions{}); err != nil {
		l.events.Event(l.job, corev1.EventTypeWarning, "FailedDelete", "Error deleting: %v", err)
		return err
	}
	l.events.Event(l.job, corev1.EventTypeNormal, "SuccessfulDelete", "Deleted pod: %s", p.Name)
	return nil
}

func (l *look) create(index int) error {
	p := pods.FromTemplate(&l.job.Spec.Template, l.job, gvk)
	p.Finalizers = append(p.Finalizers, batchv1.JobTrackingFinalizer)
	if index >= 0 {
		n := strconv.Itoa(index)
		p.GenerateName = fmt.Sprintf("%.*s-%s-", 57-len(n), l.job.Name, n)
		p.Spec.Hostname = fmt.Sprintf("%s-%d", l.job.Name, index)
		put(&p.Labels, batchv1.JobCompletionIndexAnnotation, n)
		put(&p.Annotations, batchv1.JobCompletionIndexAnnotation, n)
		for _, list := range [][]corev1.Container{p.Spec.InitContainers, p.Spec.Containers} {
			for i := range list {
				setIndexEnv(&list[i])
			}
		}
	}
	unchanged := store.If(func() error {
		now, err := store.Get[*batchv1.Job](l.Store, l.job.Namespace, l.job.Name)
		if err != nil || now.UID != l.job.UID || now.Generation != l.job.Generation || Finished(now) != nil {
			return errChanged
		}
		return nil
	})
	made, err := loop.Create(l.ctx, l.Store, p, unchanged)
	switch {
	case err == nil:
		l.events.Event(l.job, corev1.EventTypeNormal, "SuccessfulCreate", "Created pod: %s", made.Name)
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return nil
	case !errors.Is(err, errChanged) && l.ctx.Err() == nil:
		l.events.Event(l.job, corev1.EventTypeWarning, "FailedCreate", "Error creating: %v", err)
	}
	return err
}

func put(m *map[string]string, k, v string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[k] = v
}

func setIndexEnv(c *corev1.Container) {
	const name = "JOB_COMPLETION_INDEX"
	for _, e := range c.Env {
		if e.Name == name {
			return
		}
	}
	path := fmt.Sprintf("metadata.labels['%s']", batchv1.JobCompletionIndexAnnotation)
	c.Env = append(c.Env, corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}}})
}

// backoff is how long to wait before the next pod: 10 s after the first failure since the last success, doubled by
// each further one, at most 10 min.
func (l *look) backoff() time.Duration {
	bad, good := pods.Filter(l.pods, failed), pods.Filter(l.pods, succeeded)
	byEnd(bad)
	byEnd(good)
	n := 0
	for i := len(bad) - 1; i >= 0; i-- {
		if len(good) > 0 && !endOf(bad[i]).After(endOf(good[len(good)-1])) {
			break
		}
		n++
	}
	if n == 0 {
		return 0
	}
	delay := firstBackoff
	for range n - 1 {
		if delay = min(delay*2, lastBackoff); delay == lastBackoff {
			break
		}
	}
	return delay - l.Clock.Since(endOf(bad[len(bad)-1]))
}

// endOf is when a pod ended, as near as can be told.
func endOf(p *corev1.Pod) time.Time {
	var last time.Time
	for _, s := range p.Status.ContainerStatuses {
		if s.State.Terminated == nil || s.State.Terminated.FinishedAt.IsZero() {
			last = time.Time{}
			break
		}
		if t := s.State.Terminated.FinishedAt.Time; t.After(last) {
			last = t
		}
	}
	if !last.IsZero() {
		return last
	}
	if c := pods.Condition(p, corev1.PodReady); c != nil && c.Status == corev1.ConditionFalse && !c.LastTransitionTime.IsZero() {
		return c.LastTransitionTime.Time
	}
	if p.DeletionTimestamp != nil {
		return p.DeletionTimestamp.Time
	}
	return p.CreationTimestamp.Time
}
