package workload

import (
	"strings"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

var templates = []*rule.Rule{
	{ID: "template-namespace", Severity: rule.Risk, Title: "A pod template has a namespace", Fixes: true,
		Why:     "It means nothing: pods run in the namespace of what makes them. Whoever changes it there believes to have moved the application.",
		Advice:  "remove metadata.namespace from the template",
		Sources: []string{docs + "concepts/workloads/pods/#pod-templates"}, Check: templateNamespace},
	{ID: "priority-class-missing", Severity: rule.Broken, Title: "A pod's priority class is not there",
		Why:     "The API server takes the Deployment and then refuses every pod of it; nothing runs, and only the ReplicaSet's events say why.",
		Advice:  "make the PriorityClass, or name one that is there",
		Sources: []string{docs + "concepts/scheduling-eviction/pod-priority-preemption/#pod-priority"}, Check: priorityClassMissing},
}

func templateNamespace(p *rule.Pass) {
	for _, w := range p.Workloads() {
		t, path := objects.Template(w.Object.Object)
		if t == nil || t.Namespace == "" {
			continue
		}
		if t.Namespace != w.Namespace() {
			p.Report(w.Object, path+".metadata.namespace", "names namespace %s in its pod template; the pods run in %s nevertheless", t.Namespace, w.Namespace()).Remove(path + ".metadata.namespace")
			continue
		}
		p.Report(w.Object, path+".metadata.namespace", "names namespace %s in its pod template, where it has no effect", t.Namespace).Remove(path + ".metadata.namespace")
	}
}

func priorityClassMissing(p *rule.Pass) {
	if len(p.OfKind("PriorityClass")) == 0 {
		return // all are the cluster's
	}
	for _, w := range p.Workloads() {
		name := w.Pod.PriorityClassName
		if name == "" || strings.HasPrefix(name, "system-") || p.Find("PriorityClass", "", name) != nil {
			continue
		}
		f := p.Report(w.Object, w.Path+".priorityClassName", "names priority class %s, which is not among those described here", name)
		if all := p.OfKind("PriorityClass"); len(all) == 1 {
			f.Advise("name " + all[0].Name() + ", or make the PriorityClass")
		}
	}
}
