package defaults

import (
	"maps"
	"math"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func setJob(j *batchv1.Job) {
	if j.Spec.Parallelism == nil {
		if j.Spec.Completions == nil {
			value(&j.Spec.Completions, 1)
		}
		value(&j.Spec.Parallelism, 1)
	}
	if j.Spec.BackoffLimitPerIndex != nil {
		value(&j.Spec.BackoffLimit, math.MaxInt32)
	}
	value(&j.Spec.BackoffLimit, 6)
	value(&j.Spec.CompletionMode, batchv1.NonIndexedCompletion)
	value(&j.Spec.Suspend, false)
	value(&j.Spec.ManualSelector, false)
	if j.Spec.PodFailurePolicy != nil {
		value(&j.Spec.PodReplacementPolicy, batchv1.Failed)
	}
	value(&j.Spec.PodReplacementPolicy, batchv1.TerminatingOrFailed)
	labelAsPods(j)
	if !*j.Spec.ManualSelector {
		selectByOwner(j)
	}
	labelAsPods(j) // as a server does when it reads the Job again
	setJobSpec(&j.Spec)
}

// labelAsPods gives a Job without labels those of its pods.
func labelAsPods(j *batchv1.Job) {
	if len(j.Labels) == 0 && j.Spec.Template.Labels != nil {
		j.Labels = maps.Clone(j.Spec.Template.Labels)
	}
}

// selectByOwner makes a Job's pods its own by its UID, which exists from creation on.
func selectByOwner(j *batchv1.Job) {
	if j.UID == "" || j.Spec.Selector != nil && len(j.Spec.Selector.MatchExpressions)+len(j.Spec.Selector.MatchLabels) > 0 {
		return // before creation, or already done; a selector of the user's own is refused elsewhere
	}
	uid := string(j.UID)
	if j.Spec.Template.Labels == nil {
		j.Spec.Template.Labels = map[string]string{}
	}
	maps.Copy(j.Spec.Template.Labels, map[string]string{
		batchv1.ControllerUidLabel: uid, "controller-uid": uid,
		batchv1.JobNameLabel: j.Name, "job-name": j.Name,
	})
	j.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: uid}}
}

func setCronJob(c *batchv1.CronJob) {
	text(&c.Spec.ConcurrencyPolicy, batchv1.AllowConcurrent)
	value(&c.Spec.Suspend, false)
	value(&c.Spec.SuccessfulJobsHistoryLimit, 3)
	value(&c.Spec.FailedJobsHistoryLimit, 1)
	setJobSpec(&c.Spec.JobTemplate.Spec)
}

func setJobSpec(s *batchv1.JobSpec) {
	if p := s.PodFailurePolicy; p != nil {
		for i := range p.Rules {
			for j := range p.Rules[i].OnPodConditions {
				text(&p.Rules[i].OnPodConditions[j].Status, corev1.ConditionTrue)
			}
		}
	}
	setTemplate(&s.Template)
}
