package cronjob

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
	"github.com/slipway-sh/slipway/internal/engine/control/job"
	"github.com/slipway-sh/slipway/internal/engine/control/loop"
)

var gvk = batchv1.SchemeGroupVersion.WithKind("CronJob")

type controller struct {
	*loop.Env
	*loop.Keyed
	events loop.Recorder
}

// New makes the controller of CronJobs.
func New(env *loop.Env) loop.Runner {
	c := &controller{Env: env, events: env.Events("cronjob-controller")}
	c.Keyed = loop.New(env, "cronjob", 2, c.sync)
	loop.Watch[*batchv1.CronJob](c.Keyed, loop.Self)
	loop.Watch[*batchv1.Job](c.Keyed, loop.Owner("CronJob"))
	return c.Keyed
}

func (c *controller) sync(ctx context.Context, key store.Key) error {
	stored, err := store.Get[*batchv1.CronJob](c.Store, key.Namespace, key.Name)
	if err != nil {
		return loop.IgnoreNotFound(err)
	}
	cron := stored.DeepCopy()
	var jobs []*batchv1.Job
	for _, j := range store.List[*batchv1.Job](c.Store, key.Namespace, nil) {
		if metav1.IsControlledBy(j, cron) {
			jobs = append(jobs, j)
		}
	}
	err = errors.Join(c.forget(ctx, cron, jobs), c.start(ctx, cron, jobs))
	if !equality.Semantic.DeepEqual(stored.Status, cron.Status) {
		_, werr := loop.UpdateStatus(ctx, c.Store, cron)
		err = errors.Join(err, loop.IgnoreNotFound(werr))
	}
	return err
}

// note brings the list of active Jobs up to date, and says which ended.
func (c *controller) note(cron *batchv1.CronJob, jobs []*batchv1.Job) {
	var active []corev1.ObjectReference
	for _, j := range jobs {
		if job.Finished(j) == nil {
			active = append(active, refTo(j))
		}
	}
	for _, was := range cron.Status.Active {
		if slices.ContainsFunc(active, func(r corev1.ObjectReference) bool { return r.UID == was.UID }) {
			continue
		}
		i := slices.IndexFunc(jobs, func(j *batchv1.Job) bool { return j.UID == was.UID })
		if i < 0 {
			c.events.Event(cron, corev1.EventTypeNormal, "MissingJob", "Active job went missing: %v", was.Name)
			continue
		}
		end := job.Finished(jobs[i])
		c.events.Event(cron, corev1.EventTypeNormal, "SawCompletedJob", "Saw completed job: %s, condition: %v", was.Name, end.Type)
	}
	for _, j := range jobs {
		if end := job.Finished(j); end != nil && end.Type == batchv1.JobComplete && j.Status.CompletionTime != nil {
			if last := cron.Status.LastSuccessfulTime; last == nil || j.Status.CompletionTime.After(last.Time) {
				cron.Status.LastSuccessfulTime = j.Status.CompletionTime
			}
		}
	}
	cron.Status.Active = active
}

func refTo(j *batchv1.Job) corev1.ObjectReference {
	return corev1.ObjectReference{APIVersion: "batch/v1", Kind: "Job", Namespace: j.Namespace, Name: j.Name, UID: j.UID}
}

// forget deletes finished Jobs beyond the history limits, the oldest first.
func (c *controller) forget(ctx context.Context, cron *batchv1.CronJob, jobs []*batchv1.Job) error {
	limits := map[batchv1.JobConditionType]*int32{
		batchv1.JobComplete: cron.Spec.SuccessfulJobsHistoryLimit, batchv1.JobFailed: cron.Spec.FailedJobsHistoryLimit,
	}
	for t, limit := range limits {
		if limit == nil {
			continue
		}
		var old []*batchv1.Job
		for _, j := range jobs {
			if end := job.Finished(j); end != nil && end.Type == t && j.DeletionTimestamp == nil {
				old = append(old, j)
			}
		}
		sort.SliceStable(old, func(i, j int) bool {
			a, b := old[i].Status.StartTime, old[j].Status.StartTime
			if a == nil || b == nil || a.Equal(b) {
				return old[i].Name < old[j].Name
			}
			return a.Before(b)
		})
		for _, j := range old[:max(len(old)-int(*limit), 0)] {
			if err := c.delete(ctx, cron, j); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *controller) delete(ctx context.Context, cron *batchv1.CronJob, j *batchv1.Job) error {
	policy := metav1.DeletePropagationBackground
	if err := loop.Delete(ctx, c.Store, j, metav1.DeleteOptions{PropagationPolicy: &policy}); err != nil {
		c.events.Event(cron, corev1.EventTypeWarning, "FailedDelete", "Deleted job: %v", err)
		return err
	}
	c.events.Event(cron, corev1.EventTypeNormal, "SuccessfulDelete", "Deleted job %v", j.Name)
	return nil
}

// start starts the Job that is due, if any, and asks for a look when the next is.
func (c *controller) start(ctx context.Context, cron *batchv1.CronJob, jobs []*batchv1.Job) error {
	c.note(cron, jobs)
	if cron.DeletionTimestamp != nil || cron.Spec.Suspend != nil && *cron.Spec.Suspend {
		return nil
	}
	when, err := parse(cron)
	if err != nil {
		c.events.Event(cron, corev1.EventTypeWarning, "UnparseableSchedule", "unparseable schedule: %v", err)
		return nil
	}
	now := c.Clock.Now()
	due, missed := last(when, earliest(cron, now), now)
	if next := when.Next(now); !next.IsZero() {
		c.After(loop.KeyOf(cron), next.Sub(now))
	}
	if due.IsZero() {
		return nil
	}
	if missed > 100 {
		c.events.Event(cron, corev1.EventTypeWarning, "TooManyMissedTimes", "too many missed start times: %d. Set or decrease .spec.startingDeadlineSeconds or check clock skew", missed)
	}
	if d := cron.Spec.StartingDeadlineSeconds; d != nil && due.Add(time.Duration(*d)*time.Second).Before(now) {
		c.events.Event(cron, corev1.EventTypeWarning, "MissSchedule", "Missed scheduled time to start a job: %s", due.UTC().Format(time.RFC1123Z))
		return nil
	}
	name := fmt.Sprintf("%s-%d", cron.Name, due.Unix()/60)
	if slices.ContainsFunc(jobs, func(j *batchv1.Job) bool { return j.Name == name }) {
		started(cron, due) // the engine died before it noted so
		return nil
	}
	switch {
	case cron.Spec.ConcurrencyPolicy == batchv1.ForbidConcurrent && len(cron.Status.Active) > 0:
		c.events.Event(cron, corev1.EventTypeNormal, "JobAlreadyActive", "Not starting job because prior execution is running and concurrency policy is Forbid")
		return nil
	case cron.Spec.ConcurrencyPolicy == batchv1.ReplaceConcurrent:
		for _, j := range jobs {
			if job.Finished(j) == nil {
				if err := c.delete(ctx, cron, j); err != nil {
					return err
				}
			}
		}
		cron.Status.Active = nil
	}
	t := cron.Spec.JobTemplate.DeepCopy()
	notes := maps.Clone(t.Annotations)
	if notes == nil {
		notes = map[string]string{}
	}
	notes[batchv1.CronJobScheduledTimestampAnnotation] = due.Format(time.RFC3339)
	made, err := loop.Create(ctx, c.Store, &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: cron.Namespace, Labels: t.Labels, Annotations: notes,
			OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(cron, gvk)},
		},
		Spec: t.Spec,
	})
	switch {
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return nil
	case apierrors.IsAlreadyExists(err):
		c.events.Event(cron, corev1.EventTypeWarning, "FailedCreate", "Error creating job: a Job %s that is not this CronJob's exists", name)
		started(cron, due)
		return nil
	case err != nil:
		if ctx.Err() == nil {
			c.events.Event(cron, corev1.EventTypeWarning, "FailedCreate", "Error creating job: %v", err)
		}
		return err
	}
	c.events.Event(cron, corev1.EventTypeNormal, "SuccessfulCreate", "Created job %v", made.Name)
	cron.Status.Active = append(cron.Status.Active, refTo(made))
	started(cron, due)
	return nil
}

func started(cron *batchv1.CronJob, due time.Time) {
	t := metav1.NewTime(due)
	cron.Status.LastScheduleTime = &t
}
