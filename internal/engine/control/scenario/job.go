package scenario

import (
	"fmt"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func newJob(c Cluster, name string, b Behaviour) *batchv1.Job {
	j := &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: c.Namespace()}}
	j.Spec.Template = template(c, b, name)
	j.Spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
	return j
}

// ended waits until a Job has a final condition, and returns it.
func ended(t *testing.T, c Cluster, j *batchv1.Job) batchv1.JobCondition {
	t.Helper()
	var final batchv1.JobCondition
	Eventually(t, "the end of Job "+j.Name, func() error {
		if err := c.Get(t.Context(), j); err != nil {
			return err
		}
		for _, cond := range j.Status.Conditions {
			if (cond.Type == batchv1.JobComplete || cond.Type == batchv1.JobFailed) && cond.Status == corev1.ConditionTrue {
				final = cond
				return nil
			}
		}
		return fmt.Errorf("%+v", j.Status)
	})
	return final
}

func atMost(n int) func(active, ready, existing int) string {
	return func(active, _, _ int) string {
		if active > n {
			return fmt.Sprintf("%d pods at once, at most %d are allowed", active, n)
		}
		return ""
	}
}

// JobCompletes promises as many successes as asked for, never more pods at once than parallelism, and exact counts.
func JobCompletes(t *testing.T, c Cluster) {
	for _, tc := range []struct{ completions, parallelism int32 }{{1, 1}, {7, 3}} {
		j := newJob(c, fmt.Sprintf("done-%d", tc.completions), Succeeds)
		j.Spec.Completions, j.Spec.Parallelism = &tc.completions, &tc.parallelism
		o := observe(t, c, j.Name)
		o.hold(atMost(int(tc.parallelism)))
		Must(t, c.Create(t.Context(), j))
		if cond := ended(t, c, j); cond.Type != batchv1.JobComplete || cond.Reason != "CompletionsReached" {
			t.Errorf("%+v", cond)
		}
		if s := j.Status; s.Succeeded != tc.completions || s.Failed != 0 || s.Active != 0 || s.CompletionTime == nil {
			t.Errorf("%d completions: %+v", tc.completions, s)
		}
		o.saw(t, int(tc.completions))
		o.check(t)
	}
}

// JobIsIndexed promises that every index succeeds once.
func JobIsIndexed(t *testing.T, c Cluster) {
	j := newJob(c, "indexed", Succeeds)
	j.Spec.Completions, j.Spec.Parallelism, j.Spec.CompletionMode = pointer(int32(5)), pointer(int32(2)), pointer(batchv1.IndexedCompletion)
	o := observe(t, c, j.Name)
	o.hold(atMost(2))
	Must(t, c.Create(t.Context(), j))
	ended(t, c, j)
	o.check(t)
	if j.Status.CompletedIndexes != "0-4" || j.Status.Succeeded != 5 {
		t.Errorf("%+v", j.Status)
	}
	for _, p := range list(t, c, &corev1.Pod{}) {
		if i := p.Annotations["batch.kubernetes.io/job-completion-index"]; p.Spec.Hostname != "indexed-"+i {
			t.Errorf("hostname %q of index %s", p.Spec.Hostname, i)
		}
	}
}

// JobGivesUp promises that a Job whose pods fail ends with BackoffLimitExceeded, without a pod too many.
func JobGivesUp(t *testing.T, c Cluster) {
	j := newJob(c, "fails", Fails)
	j.Spec.BackoffLimit = pointer(int32(0))
	o := observe(t, c, j.Name)
	o.hold(atMost(1))
	Must(t, c.Create(t.Context(), j))
	if cond := ended(t, c, j); cond.Type != batchv1.JobFailed || cond.Reason != "BackoffLimitExceeded" {
		t.Errorf("%+v", cond)
	}
	o.saw(t, 1)
	if j.Status.Failed != 1 {
		t.Errorf("%+v", j.Status)
	}
	o.check(t)
}

// JobMeetsItsDeadline promises that a Job that takes too long is ended, and its pod with it.
func JobMeetsItsDeadline(t *testing.T, c Cluster) {
	j := newJob(c, "late", Hangs)
	j.Spec.ActiveDeadlineSeconds = pointer(int64(1))
	Must(t, c.Create(t.Context(), j))
	if cond := ended(t, c, j); cond.Reason != "DeadlineExceeded" {
		t.Errorf("%+v", cond)
	}
	Eventually(t, "the end of its pod", func() error {
		for _, p := range list(t, c, &corev1.Pod{}) {
			if activePod(p) {
				return fmt.Errorf("pod %s is %s", p.Name, p.Status.Phase)
			}
		}
		return nil
	})
}

// JobReplacesADeletedPod promises that the second run begins only when the first has ended.
func JobReplacesADeletedPod(t *testing.T, c Cluster) {
	j := newJob(c, "migrate", Hangs)
	j.Spec.ActiveDeadlineSeconds = pointer(int64(30)) // ends the first wait of the back-off early enough
	o := observe(t, c, j.Name)
	running := func(_, _, _ int) string {
		n := 0
		for _, p := range o.pods {
			if p.Status.Phase != corev1.PodFailed && p.Status.Phase != corev1.PodSucceeded {
				n++
			}
		}
		if c.Strict() && n > 1 {
			return fmt.Sprintf("%d runs at once", n)
		}
		return ""
	}
	o.hold(running)
	Must(t, c.Create(t.Context(), j))
	first := ""
	Eventually(t, "the first pod", func() error {
		for _, p := range list(t, c, &corev1.Pod{}) {
			if p.Status.Phase == corev1.PodRunning {
				first = p.Name
				return c.Delete(t.Context(), p, metav1.DeleteOptions{})
			}
		}
		return errNotYet
	})
	Eventually(t, "the second pod", func() error {
		for _, p := range list(t, c, &corev1.Pod{}) {
			if p.Name != first && p.Status.Phase == corev1.PodRunning {
				return nil
			}
		}
		return errNotYet
	})
	o.check(t)
}

// JobIsSuspended promises that a suspended Job runs nothing, and goes on when it is resumed.
func JobIsSuspended(t *testing.T, c Cluster) {
	j := newJob(c, "suspended", Hangs)
	Must(t, c.Create(t.Context(), j))
	running := func(want int32) {
		t.Helper()
		Eventually(t, "active pods", func() error {
			Must(t, c.Get(t.Context(), j))
			if j.Status.Active != want || j.Status.Failed != 0 {
				return fmt.Errorf("want %d: %+v", want, j.Status)
			}
			return nil
		})
	}
	running(1)
	change(t, c, j, func(j *batchv1.Job) { j.Spec.Suspend = pointer(true) })
	running(0)
	change(t, c, j, func(j *batchv1.Job) { j.Spec.Suspend = pointer(false) })
	running(1)
}

// JobExpires promises that a finished Job goes after ttlSecondsAfterFinished, and its pods with it.
func JobExpires(t *testing.T, c Cluster) {
	j := newJob(c, "expires", Succeeds)
	j.Spec.TTLSecondsAfterFinished = pointer(int32(1))
	Must(t, c.Create(t.Context(), j))
	Eventually(t, "the end of the Job", func() error { return gone(c, t.Context(), j) })
	Eventually(t, "the end of its pods", func() error {
		if n := len(list(t, c, &corev1.Pod{})); n > 0 {
			return fmt.Errorf("%d pods", n)
		}
		return nil
	})
}
