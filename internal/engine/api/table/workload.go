package table

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func (r row) deployment(d *appsv1.Deployment) metav1.TableRow {
	names, images := containers(d.Spec.Template.Spec.Containers)
	selector := "<invalid>"
	if s, err := metav1.LabelSelectorAsSelector(d.Spec.Selector); err == nil {
		selector = s.String()
	}
	return r.of(r.name, fmt.Sprintf("%d/%d", d.Status.ReadyReplicas, count(d.Spec.Replicas)), int64(d.Status.UpdatedReplicas),
		int64(d.Status.AvailableReplicas), r.age, names, images, selector)
}

func (r row) replicaSet(s *appsv1.ReplicaSet) metav1.TableRow {
	names, images := containers(s.Spec.Template.Spec.Containers)
	return r.of(r.name, int64(count(s.Spec.Replicas)), int64(s.Status.Replicas), int64(s.Status.ReadyReplicas), r.age,
		names, images, metav1.FormatLabelSelector(s.Spec.Selector))
}

func (r row) statefulSet(s *appsv1.StatefulSet) metav1.TableRow {
	names, images := containers(s.Spec.Template.Spec.Containers)
	return r.of(r.name, fmt.Sprintf("%d/%d", s.Status.ReadyReplicas, count(s.Spec.Replicas)), r.age, names, images)
}

func (r row) revision(c *appsv1.ControllerRevision) metav1.TableRow {
	owner := "<none>"
	if ref := metav1.GetControllerOfNoCopy(c); ref != nil {
		kind := schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).GroupKind()
		owner = strings.ToLower(kind.String()) + "/" + ref.Name
	}
	return r.of(r.name, owner, c.Revision, r.age)
}

func (r row) job(j *batchv1.Job) metav1.TableRow {
	completions := fmt.Sprintf("%d/1", j.Status.Succeeded)
	if c := j.Spec.Completions; c != nil {
		completions = fmt.Sprintf("%d/%d", j.Status.Succeeded, *c)
	} else if p := count(j.Spec.Parallelism); p > 1 {
		completions += fmt.Sprintf(" of %d", p)
	}
	took := ""
	if s := j.Status.StartTime; s != nil {
		end := r.now
		if e := j.Status.CompletionTime; e != nil {
			end = e.Time
		}
		took = duration.HumanDuration(end.Sub(s.Time))
	}
	names, images := containers(j.Spec.Template.Spec.Containers)
	return r.of(r.name, jobStatus(j), completions, took, r.age, names, images, metav1.FormatLabelSelector(j.Spec.Selector))
}

func jobStatus(j *batchv1.Job) string {
	is := func(t batchv1.JobConditionType) bool {
		for _, c := range j.Status.Conditions {
			if c.Type == t {
				return c.Status == corev1.ConditionTrue
			}
		}
		return false
	}
	switch {
	case is(batchv1.JobComplete):
		return "Complete"
	case is(batchv1.JobFailed):
		return "Failed"
	case j.DeletionTimestamp != nil:
		return "Terminating"
	case is(batchv1.JobSuspended):
		return "Suspended"
	case is(batchv1.JobFailureTarget):
		return "FailureTarget"
	case is(batchv1.JobSuccessCriteriaMet):
		return "SuccessCriteriaMet"
	}
	return "Running"
}

func (r row) cronJob(c *batchv1.CronJob) metav1.TableRow {
	last := "<none>"
	if t := c.Status.LastScheduleTime; t != nil {
		last = r.since(*t)
	}
	suspend := "<unset>"
	if s := c.Spec.Suspend; s != nil {
		suspend = map[bool]string{true: "True", false: "False"}[*s]
	}
	names, images := containers(c.Spec.JobTemplate.Spec.Template.Spec.Containers)
	return r.of(r.name, c.Spec.Schedule, some(c.Spec.TimeZone, "<none>"), suspend, int64(len(c.Status.Active)), last, r.age,
		names, images, metav1.FormatLabelSelector(c.Spec.JobTemplate.Spec.Selector))
}

func (r row) budget(b *policyv1.PodDisruptionBudget) metav1.TableRow {
	text := func(v *intstr.IntOrString) string {
		if v == nil {
			return "N/A"
		}
		return v.String()
	}
	return r.of(r.name, text(b.Spec.MinAvailable), text(b.Spec.MaxUnavailable), int64(b.Status.DisruptionsAllowed), r.age)
}
