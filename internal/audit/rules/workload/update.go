package workload

import (
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

const deploymentDoc = docs + "concepts/workloads/controllers/deployment/"

var updates = []*rule.Rule{
	{ID: "update-deadlock", Severity: rule.Broken, Title: "A rolling update waits for a volume that the old pod holds", Fixes: true,
		Why: "A rolling update starts the new pod before it ends the old one. On another node the new pod waits for a volume that only one node can attach, " +
			"and the old one is not ended before the new one is ready; on the same node, two processes write the same files.",
		Advice:  "set spec.strategy.type to Recreate, or make it a StatefulSet with a claim template",
		Sources: []string{deploymentDoc + "#recreate-deployment", docs + "concepts/storage/persistent-volumes/#access-modes"}, Check: updateDeadlock},
	{ID: "update-takes-all", Severity: rule.Risk, Title: "An update ends all pods at once",
		Why:    "From the end of the old pods until the new ones are ready, nobody is served; if the new version does not start, it stays so.",
		Advice: "leave maxUnavailable at 25 %, or set it to 0 with maxSurge: 1", Sources: []string{deploymentDoc + "#rolling-update-deployment"}, Check: updateTakesAll},
	{ID: "update-on-delete", Severity: rule.Risk, Title: "A changed template reaches no pod until somebody deletes it",
		Why:    "An apply succeeds and nothing changes; the new version starts on the night when a node fails, one pod at a time.",
		Advice: "set updateStrategy.type to RollingUpdate", Sources: []string{docs + "concepts/workloads/controllers/statefulset/#on-delete"}, Check: updateOnDelete},
	{ID: "statefulset-without-service", Severity: rule.Risk, Title: "The pods of a StatefulSet have no names in the DNS",
		Why:     "Members of a cluster find each other as NAME-0.SERVICE; those names come from the headless Service in serviceName only.",
		Advice:  "make a Service with clusterIP: None that selects the pods, and name it in spec.serviceName",
		Sources: []string{docs + "concepts/workloads/controllers/statefulset/#stable-network-id"}, Check: statefulSetWithoutService},
	{ID: "host-port", Severity: rule.Risk, Title: "A container takes a port of its node",
		Why:     "Only one such pod fits on a node, so that a rolling update waits for a free one, and the port is open past every Service and most network policies.",
		Advice:  "remove hostPort and reach the pods through a Service",
		Sources: []string{docs + "concepts/configuration/overview/#services"}, Check: hostPort},
}

func updateDeadlock(p *rule.Pass) {
	for _, w := range p.Workloads() {
		d, ok := w.Object.Object.(*appsv1.Deployment)
		if !ok || !surges(d) || w.Pod.NodeName != "" || w.Pod.NodeSelector[corev1.LabelHostname] != "" {
			continue
		}
		s, _ := known.ScaleOf(p.Graph, w)
		if s.Max != 1 {
			continue // several pods on one volume are a finding of their own
		}
		volume, field := held(p, w)
		if volume == "" {
			continue
		}
		at := "spec.strategy"
		if d.Spec.Strategy.Type == "" && d.Spec.Strategy.RollingUpdate == nil {
			at = field
		}
		p.Report(w.Object, at, "is updated by starting a second pod, and %s can be used on one node only", volume).
			Set("spec.strategy", objects.Ordered{{Key: "type", Value: "Recreate"}})
	}
}

// surges says that an update starts a new pod before it ends the old one.
func surges(d *appsv1.Deployment) bool {
	if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		return false
	}
	r := d.Spec.Strategy.RollingUpdate
	return r == nil || r.MaxSurge == nil || !zero(r.MaxSurge)
}

// held is a volume of a pod that one node holds: as people call it, and where it is.
func held(p *rule.Pass, w *objects.Workload) (volume, field string) {
	for _, c := range known.Claims(p.Graph, w) {
		if !c.Template && known.OnOneNode(p.Graph, c.Spec) {
			return fmt.Sprintf("the volume of claim %s (%s)", c.Name, c.Spec.AccessModes[0]), c.Field
		}
	}
	for i := range w.Pod.Volumes {
		v := &w.Pod.Volumes[i]
		field := fmt.Sprintf("%s.volumes[%d]", w.Path, i)
		switch {
		case v.GCEPersistentDisk != nil && !v.GCEPersistentDisk.ReadOnly:
			return "disk " + v.GCEPersistentDisk.PDName, field
		case v.AWSElasticBlockStore != nil && !v.AWSElasticBlockStore.ReadOnly:
			return "volume " + v.AWSElasticBlockStore.VolumeID, field
		case v.AzureDisk != nil:
			return "disk " + v.AzureDisk.DiskName, field
		case v.Cinder != nil && !v.Cinder.ReadOnly:
			return "volume " + v.Cinder.VolumeID, field
		case v.VsphereVolume != nil:
			return "disk " + v.VsphereVolume.VolumePath, field
		}
	}
	return "", ""
}

func updateTakesAll(p *rule.Pass) {
	for _, w := range p.Workloads() {
		d, ok := w.Object.Object.(*appsv1.Deployment)
		if !ok {
			continue
		}
		s, _ := known.ScaleOf(p.Graph, w)
		if s.Min < 2 || len(serving(p, w)) == 0 {
			continue
		}
		if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
			if volume, _ := held(p, w); volume == "" && !known.Composed(w.Object) {
				p.Report(w.Object, "spec.strategy.type", "ends all %d pods before it starts new ones", s.Min)
			}
			continue
		}
		if r := d.Spec.Strategy.RollingUpdate; r != nil && r.MaxUnavailable != nil {
			if n, err := intstr.GetScaledValueFromIntOrPercent(r.MaxUnavailable, s.Min, false); err == nil && n >= s.Min {
				p.Report(w.Object, "spec.strategy.rollingUpdate.maxUnavailable", "lets an update end all %d pods at once (maxUnavailable: %s)", s.Min, r.MaxUnavailable)
			}
		}
	}
}

func updateOnDelete(p *rule.Pass) {
	for _, w := range p.Workloads() {
		var kind string
		switch o := w.Object.Object.(type) {
		case *appsv1.StatefulSet:
			kind = string(o.Spec.UpdateStrategy.Type)
		case *appsv1.DaemonSet:
			kind = string(o.Spec.UpdateStrategy.Type)
		}
		if kind == "OnDelete" {
			p.Report(w.Object, "spec.updateStrategy.type", "is updated only as its pods are deleted by hand")
		}
	}
}

func statefulSetWithoutService(p *rule.Pass) {
	for _, w := range p.Workloads() {
		set, ok := w.Object.Object.(*appsv1.StatefulSet)
		s, _ := known.ScaleOf(p.Graph, w)
		if !ok || s.Max < 2 || known.Composed(w.Object) {
			continue // a single pod is found by its Service
		}
		name := set.Spec.ServiceName
		if name == "" {
			p.Report(w.Object, "spec.serviceName", "names no Service, so that its %d pods have no names", s.Max)
			continue
		}
		o := p.Find("Service", w.Namespace(), name)
		if o == nil {
			continue // a missing Service is a finding of its own
		}
		v, ok := o.Object.(*corev1.Service)
		if ok && v.Spec.ClusterIP != corev1.ClusterIPNone && v.Spec.Type != corev1.ServiceTypeExternalName {
			p.Report(w.Object, "spec.serviceName", "names Service %s, which is not headless: %s-0.%s is no name", name, w.Name(), name).
				Show("# service " + name + "\nspec:\n  clusterIP: None")
		}
	}
}

func hostPort(p *rule.Pass) {
	p.Containers(func(c rule.Container) {
		if c.Workload.Pod.HostNetwork || c.Workload.Kind() == "DaemonSet" || known.Composed(c.Workload.Object) {
			return
		}
		var taken []string
		at := ""
		for i, port := range c.Ports {
			if port.HostPort > 0 {
				taken = append(taken, fmt.Sprint(port.HostPort))
				if at == "" {
					at = fmt.Sprintf("%s.ports[%d].hostPort", c.Path, i)
				}
			}
		}
		if taken != nil {
			p.Report(c.Workload.Object, at, "container %s takes port %s of its node", c.Name, strings.Join(taken, ", "))
		}
	})
}
