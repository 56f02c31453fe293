package job

import (
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// match finds the first rule of the Job's podFailurePolicy (KEP-3329) that a failed pod matches: its action, "" for
// none, and what happened.
func match(policy *batchv1.PodFailurePolicy, p *corev1.Pod) (batchv1.PodFailurePolicyAction, string) {
	if policy == nil {
		return "", ""
	}
	for i, rule := range policy.Rules {
		if on := rule.OnExitCodes; on != nil {
			if c := exited(p, on); c != nil {
				return rule.Action, fmt.Sprintf("Container %s for pod %s/%s failed with exit code %d matching %s rule at index %d",
					c.Name, p.Namespace, p.Name, c.State.Terminated.ExitCode, rule.Action, i)
			}
			continue
		}
		for _, c := range p.Status.Conditions {
			if slices.ContainsFunc(rule.OnPodConditions, func(want batchv1.PodFailurePolicyOnPodConditionsPattern) bool {
				return want.Type == c.Type && want.Status == c.Status
			}) {
				return rule.Action, fmt.Sprintf("Pod %s/%s has condition %s matching %s rule at index %d", p.Namespace, p.Name, c.Type, rule.Action, i)
			}
		}
	}
	return "", ""
}

// exited finds a container that ended with one of the exit codes of a rule.
func exited(p *corev1.Pod, on *batchv1.PodFailurePolicyOnExitCodesRequirement) *corev1.ContainerStatus {
	for _, list := range [][]corev1.ContainerStatus{p.Status.ContainerStatuses, p.Status.InitContainerStatuses} {
		for i := range list {
			c := &list[i]
			if c.State.Terminated == nil || c.State.Terminated.ExitCode == 0 || on.ContainerName != nil && *on.ContainerName != c.Name {
				continue
			}
			in := slices.Contains(on.Values, c.State.Terminated.ExitCode)
			if in == (on.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn) {
				return c
			}
		}
	}
	return nil
}

func countsAsFailure(j *batchv1.Job, p *corev1.Pod) bool {
	action, _ := match(j.Spec.PodFailurePolicy, p)
	return action != batchv1.PodFailurePolicyActionIgnore
}

// failJobMessage says which pod fails the Job at once, or "".
func failJobMessage(j *batchv1.Job, list []*corev1.Pod) string {
	for _, p := range list {
		if !failed(p) {
			continue
		}
		if action, message := match(j.Spec.PodFailurePolicy, p); action == batchv1.PodFailurePolicyActionFailJob {
			return message
		}
	}
	return ""
}
