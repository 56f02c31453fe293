package workload

import (
	"strings"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

const jobDoc = docs + "concepts/workloads/controllers/job/"

var jobs = []*rule.Rule{
	{ID: "job-unbounded", Severity: rule.Risk, Title: "A Job has no deadline, or is never cleaned up",
		Why:     "A Job that hangs, on a lock or a host that does not answer, hangs until somebody looks; a finished one stays, with its pods, until somebody deletes it.",
		Advice:  "set activeDeadlineSeconds to more than the longest run, and ttlSecondsAfterFinished to as long as its logs are of use",
		Sources: []string{jobDoc + "#job-termination-and-cleanup", jobDoc + "#clean-up-finished-jobs-automatically"}, Check: jobUnbounded},
	{ID: "cronjob-overlaps", Severity: rule.Risk, Title: "A CronJob starts although its last run has not ended",
		Why:     "When a run takes longer than the time between two, they pile up, work on the same data, and slow each other down further.",
		Advice:  "set concurrencyPolicy to Forbid, or to Replace if only the newest run counts",
		Sources: []string{docs + "concepts/workloads/controllers/cron-jobs/#concurrency-policy"}, Check: cronJobOverlaps},
}

func jobUnbounded(p *rule.Pass) {
	for _, w := range p.Workloads() {
		if known.Composed(w.Object) {
			continue // Slipway waits for it, and replaces it
		}
		var missing []string
		at := "spec"
		switch o := w.Object.Object.(type) {
		case *batchv1.Job:
			missing = unbounded(&o.Spec)
			if o.Spec.TTLSecondsAfterFinished == nil && !hooked(w.Object) && len(o.OwnerReferences) == 0 {
				missing = append(missing, "is never cleaned up (no ttlSecondsAfterFinished)")
			}
		case *batchv1.CronJob:
			missing = unbounded(&o.Spec.JobTemplate.Spec)
			at = "spec.jobTemplate.spec"
		}
		if missing != nil {
			p.Report(w.Object, at, "%s", joined(missing)).Show("activeDeadlineSeconds: 600\nttlSecondsAfterFinished: 86400")
		}
	}
}

func unbounded(s *batchv1.JobSpec) []string {
	if s.ActiveDeadlineSeconds == nil && s.Template.Spec.ActiveDeadlineSeconds == nil {
		return []string{"may run for ever (no activeDeadlineSeconds)"}
	}
	return nil
}

// hooked says that Helm or Argo CD deletes the Job.
func hooked(o *objects.Object) bool {
	for key, value := range o.Meta().GetAnnotations() {
		if key == "helm.sh/hook-delete-policy" || key == "argocd.argoproj.io/hook-delete-policy" || strings.HasSuffix(key, "/hook") && value != "" {
			return true
		}
	}
	return false
}

func cronJobOverlaps(p *rule.Pass) {
	for _, o := range p.OfKind("CronJob") {
		c, ok := o.Object.(*batchv1.CronJob)
		if ok && (c.Spec.ConcurrencyPolicy == "" || c.Spec.ConcurrencyPolicy == batchv1.AllowConcurrent) {
			at := "spec"
			if c.Spec.ConcurrencyPolicy != "" {
				at = "spec.concurrencyPolicy"
			}
			p.Report(o, at, "starts a run at %q even if the last one has not ended", c.Spec.Schedule).Show("spec:\n  concurrencyPolicy: Forbid")
		}
	}
}
