package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
	"github.com/slipway-sh/slipway/internal/engine/control/pods"
)

var gvk = batchv1.SchemeGroupVersion.WithKind("Job")

type controller struct {
	*loop.Env
	*loop.Keyed
	events loop.Recorder
}

// New makes the controller of Jobs.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env, events: env.Events("job-controller")}
	c.Keyed = loop.New(env, "job", 4, c.sync)
	loop.Watch[*batchv1.Job](c.Keyed, loop.Self)
	loop.Watch[*corev1.Pod](c.Keyed, ofPod)
	return c.Keyed
}

// ofPod finds the Job of a pod; one that lost its Job but still has its finalizer is found by its label.
func ofPod(e store.Event) []store.Key {
	keys := loop.Owner("Job")(e)
	if name := e.Object.GetLabels()[batchv1.JobNameLabel]; len(keys) == 0 && name != "" && metav1.GetControllerOfNoCopy(e.Object) == nil {
		return []store.Key{{Namespace: e.Object.GetNamespace(), Name: name}}
	}
	return keys
}

func tracked(p *corev1.Pod) bool { return slices.Contains(p.Finalizers, batchv1.JobTrackingFinalizer) }

// failed tells whether the pod's containers have ended without success, or will never run.
func failed(p *corev1.Pod) bool {
	if pods.Finished(p) {
		return p.Status.Phase == corev1.PodFailed
	}
	g := p.DeletionGracePeriodSeconds
	return p.DeletionTimestamp != nil && (p.Spec.NodeName == "" || g != nil && *g == 0)
}

func succeeded(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodSucceeded }

// ending tells whether the pod is being deleted and its containers may still run.
func ending(p *corev1.Pod) bool { return pods.Terminating(p) && !failed(p) }

// Finished is the condition that ended the Job, or nil.
func Finished(j *batchv1.Job) *batchv1.JobCondition {
	for _, t := range []batchv1.JobConditionType{batchv1.JobComplete, batchv1.JobFailed} {
		if c := find(j, t); c != nil {
			return c
		}
	}
	return nil
}

// find returns the condition of that type if it is true.
func find(j *batchv1.Job, t batchv1.JobConditionType) *batchv1.JobCondition {
	for i := range j.Status.Conditions {
		if c := &j.Status.Conditions[i]; c.Type == t && c.Status == corev1.ConditionTrue {
			return c
		}
	}
	return nil
}

func (c *controller) sync(ctx context.Context, key store.Key) error {
	j, err := store.Get[*batchv1.Job](c.Store, key.Namespace, key.Name)
	if err != nil || Finished(j) != nil {
		if err := loop.IgnoreNotFound(err); err != nil {
			return err
		}
		if err := c.release(ctx, key); err != nil || j == nil {
			return err
		}
		return c.expire(ctx, j)
	}
	sel, err := metav1.LabelSelectorAsSelector(j.Spec.Selector)
	if err != nil {
		return fmt.Errorf("job %s/%s: selector: %w", key.Namespace, key.Name, err)
	}
	list, err := pods.Claim(ctx, c.Store, j, gvk, sel, store.List[*corev1.Pod](c.Store, j.Namespace, nil), nil, func(p *corev1.Pod) {
		if !tracked(p) {
			p.Finalizers = append(p.Finalizers, batchv1.JobTrackingFinalizer)
		}
	})
	if err != nil {
		return err
	}
	l := &look{controller: c, ctx: ctx, stored: j, job: j.DeepCopy(), pods: list}
	err = l.step()
	if errors.Is(err, errChanged) {
		return nil // its change is in the queue
	}
	return loop.IgnoreNotFound(err)
}

// look is one look at one Job.
type look struct {
	*controller
	ctx     context.Context
	stored  *batchv1.Job
	job     *batchv1.Job // a copy, saved when the counts say so
	pods    []*corev1.Pod
	verdict *batchv1.JobCondition // FailureTarget or SuccessCriteriaMet; nil while the Job goes on

	succeeded, failed int32
	indexes           []int // succeeded, in order
}

func (l *look) key() store.Key { return loop.KeyOf(l.job) }

func (l *look) suspended() bool { return l.job.Spec.Suspend != nil && *l.job.Spec.Suspend }

func (l *look) indexed() bool {
	return l.job.Spec.CompletionMode != nil && *l.job.Spec.CompletionMode == batchv1.IndexedCompletion
}

func (l *look) condition(t batchv1.JobConditionType, reason, message string) *batchv1.JobCondition {
	now := l.Now()
	return &batchv1.JobCondition{
		Type: t, Status: corev1.ConditionTrue, LastProbeTime: now, LastTransitionTime: now, Reason: reason, Message: message,
	}
}

func (l *look) step() error {
	if l.job.Status.UncountedTerminatedPods == nil {
		l.job.Status.UncountedTerminatedPods = &batchv1.UncountedTerminatedPods{}
	}
	if l.job.Status.StartTime == nil && !l.suspended() {
		now := l.Now()
		l.job.Status.StartTime = &now
	}
	l.count()
	l.judge()
	var err error
	if l.verdict != nil {
		err = l.deleteAll()
	} else if l.job.DeletionTimestamp == nil {
		err = l.manage()
	}
	// What was created or deleted is in the store already.
	l.pods = pods.OwnedBy(l.Store, l.job)
	active := pods.Filter(l.pods, pods.Active)
	if l.verdict == nil && err == nil && l.job.DeletionTimestamp == nil {
		l.conclude(len(active))
	}
	if l.verdict != nil && len(active) > 0 {
		l.verdict = nil // not before all of them were told to stop
	}
	s := &l.job.Status
	s.Active = int32(len(active))
	ready, gone := int32(len(pods.Filter(active, pods.Ready))), int32(len(pods.Filter(l.pods, ending)))
	s.Ready, s.Terminating = &ready, &gone
	return errors.Join(err, l.track())
}

// count adds what has ended but is not in the status yet to what is.
func (l *look) count() {
	s := l.job.Status
	l.succeeded = s.Succeeded + int32(len(s.UncountedTerminatedPods.Succeeded))
	l.failed = s.Failed + int32(len(s.UncountedTerminatedPods.Failed))
	for _, p := range l.pods {
		if !tracked(p) {
			continue
		}
		switch {
		case succeeded(p) && !slices.Contains(s.UncountedTerminatedPods.Succeeded, p.UID) && l.validIndex(p):
			l.succeeded++
		case failed(p) && !slices.Contains(s.UncountedTerminatedPods.Failed, p.UID) && l.validIndex(p) && countsAsFailure(l.job, p):
			l.failed++
		}
	}
	if l.indexed() {
		l.indexes = parseIndexes(s.CompletedIndexes, int(*l.job.Spec.Completions))
		for _, p := range l.pods {
			if i := indexOf(p); tracked(p) && succeeded(p) && l.validIndex(p) {
				l.indexes = insert(l.indexes, i)
			}
		}
		l.succeeded = int32(len(l.indexes))
	}
}

func (l *look) validIndex(p *corev1.Pod) bool {
	i := indexOf(p)
	return !l.indexed() || i >= 0 && i < int(*l.job.Spec.Completions)
}

// judge decides whether the Job has failed; a verdict once recorded stays.
func (l *look) judge() {
	j := l.job
	if c := find(j, batchv1.JobSuccessCriteriaMet); c != nil {
		l.verdict = c.DeepCopy()
		return
	}
	if c := find(j, batchv1.JobFailureTarget); c != nil {
		l.verdict = c.DeepCopy()
		return
	}
	message := failJobMessage(j, l.pods)
	switch {
	case message != "":
		l.verdict = l.condition(batchv1.JobFailureTarget, batchv1.JobReasonPodFailurePolicy, message)
	case l.failed > *j.Spec.BackoffLimit || l.restartedTooOften():
		l.verdict = l.condition(batchv1.JobFailureTarget, batchv1.JobReasonBackoffLimitExceeded, "Job has reached the specified backoff limit")
	case j.Spec.ActiveDeadlineSeconds != nil && !l.suspended() && j.Status.StartTime != nil:
		left := time.Duration(*j.Spec.ActiveDeadlineSeconds)*time.Second - l.Clock.Since(j.Status.StartTime.Time)
		if left <= 0 {
			l.verdict = l.condition(batchv1.JobFailureTarget, batchv1.JobReasonDeadlineExceeded, "Job was active longer than specified deadline")
		} else {
			l.After(l.key(), left)
		}
	}
}

// restartedTooOften counts the restarts of containers in place, with restartPolicy OnFailure.
func (l *look) restartedTooOften() bool {
	if l.job.Spec.Template.Spec.RestartPolicy != corev1.RestartPolicyOnFailure {
		return false
	}
	var n int32
	for _, p := range l.pods {
		if p.Status.Phase != corev1.PodRunning && p.Status.Phase != corev1.PodPending {
			continue
		}
		for _, list := range [][]corev1.ContainerStatus{p.Status.InitContainerStatuses, p.Status.ContainerStatuses} {
			for _, s := range list {
				n += s.RestartCount
			}
		}
	}
	return n > 0 && n >= *l.job.Spec.BackoffLimit
}

// conclude decides whether the Job is complete, and notes whether it is suspended if not.
func (l *look) conclude(active int) {
	want := l.job.Spec.Completions
	if active == 0 && (want == nil && l.succeeded > 0 || want != nil && l.succeeded >= *want) {
		l.verdict = l.condition(batchv1.JobSuccessCriteriaMet, batchv1.JobReasonCompletionsReached, "Reached expected number of succeeded pods")
		return
	}
	i := slices.IndexFunc(l.job.Status.Conditions, func(c batchv1.JobCondition) bool { return c.Type == batchv1.JobSuspended })
	was := i >= 0 && l.job.Status.Conditions[i].Status == corev1.ConditionTrue
	if was == l.suspended() {
		return
	}
	c := l.condition(batchv1.JobSuspended, "JobSuspended", "Job suspended")
	event := "Suspended"
	if was {
		c.Status, c.Reason, c.Message = corev1.ConditionFalse, "JobResumed", "Job resumed"
		event = "Resumed"
		now := l.Now()
		l.job.Status.StartTime = &now // the deadline counts from here
	} else {
		l.job.Status.StartTime = nil
	}
	if i < 0 {
		l.job.Status.Conditions = append(l.job.Status.Conditions, *c)
	} else {
		l.job.Status.Conditions[i] = *c
	}
	l.events.Event(l.job, corev1.EventTypeNormal, event, "%s", c.Message)
}

// flush saves the status if it differs from the stored one.
func (l *look) flush() error {
	if equality.Semantic.DeepEqual(l.stored.Status, l.job.Status) {
		return nil
	}
	saved, err := loop.UpdateStatus(l.ctx, l.Store, l.job)
	if err != nil {
		return err
	}
	l.stored, l.job = saved, saved.DeepCopy()
	return nil
}

func has(list []types.UID, uid types.UID) bool { return slices.Contains(list, uid) }
