package storage

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

const modesDoc = claimsDoc + "#access-modes"

var sharing = []*rule.Rule{
	{ID: "rwo-several-replicas", Severity: rule.Broken, Title: "Several pods share a volume that only one node can use",
		Why:     "The first pod gets it; those on other nodes stay in ContainerCreating with a Multi-Attach error.",
		Advice:  "use a claim with ReadWriteMany on storage that can do it, or a StatefulSet in which every pod has its own, or one pod",
		Sources: []string{modesDoc}, Check: severalReplicas},
	{ID: "rwo-shared", Severity: rule.Broken, Title: "Two workloads share a volume that only one node can use",
		Why:     "Whichever pod comes second to another node waits for ever for the volume.",
		Advice:  "use ReadWriteMany on storage that can do it, give each its own, or keep the pods together by a required pod affinity",
		Sources: []string{modesDoc}, Check: sharedClaim},
}

func severalReplicas(p *rule.Pass) {
	for _, w := range p.Workloads() {
		s, ok := known.ScaleOf(p.Graph, w)
		if !ok || s.Max < 2 || together(w) {
			continue
		}
		for _, c := range known.Claims(p.Graph, w) {
			if c.Template || !known.OnOneNode(p.Graph, c.Spec) {
				continue
			}
			how := fmt.Sprintf("%d pods share", s.Max)
			if s.Autoscaler != nil {
				how = fmt.Sprintf("up to %d pods share", s.Max)
			}
			p.Report(w.Object, c.Field, "%s claim %s, which is %s", how, c.Name, c.Spec.AccessModes[0])
		}
	}
}

// together says that a workload's pods are kept on one node, or near others.
func together(w *objects.Workload) bool {
	if w.Pod.NodeName != "" || w.Pod.NodeSelector[corev1.LabelHostname] != "" {
		return true
	}
	a := w.Pod.Affinity
	return a != nil && a.PodAffinity != nil && len(a.PodAffinity.RequiredDuringSchedulingIgnoredDuringExecution) > 0
}

func sharedClaim(p *rule.Pass) {
	first, told := map[*objects.Object]*objects.Workload{}, map[*objects.Object]bool{}
	for _, w := range p.Workloads() {
		for _, c := range known.Claims(p.Graph, w) {
			if c.Object == nil || told[c.Object] || !known.OnOneNode(p.Graph, c.Spec) {
				continue
			}
			other := first[c.Object]
			if other == nil {
				first[c.Object] = w
			} else if other.Object != w.Object && !together(w) && !together(other) {
				told[c.Object] = true
				p.Report(w.Object, c.Field, "mounts claim %s (%s), which %s mounts too", c.Name, c.Spec.AccessModes[0], other.Title())
			}
		}
	}
}
