package compose

import (
	"fmt"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/compose-spec/compose-go/v2/types"
)

// addWorkloads makes the workload of every pod.
func (c *compiler) addWorkloads() {
	for _, u := range c.units {
		if u.pod != u {
			continue
		}
		p := c.build(u)
		meta := metav1.ObjectMeta{Name: u.id}
		if u.svc.Deploy != nil {
			meta.Annotations = c.annotations(withoutRoutes(u.svc.Deploy.Labels), u.path("deploy")...)
			if u.svc.Deploy.Mode == "global" {
				c.info("one machine: one replica", u.path("deploy", "mode")...)
			}
		}
		var obj runtime.Object
		switch u.kind {
		case "Deployment":
			obj = c.deployment(u, p, meta)
		case "StatefulSet":
			obj = c.statefulSet(u, p, meta)
		case "Job":
			obj = &batchv1.Job{ObjectMeta: meta, Spec: c.job(u, p)}
		case "CronJob":
			c.cronJobs(u, p, meta)
			continue
		}
		u.object = c.add(obj, u.id, u.base...)
		for field, origin := range p.fields {
			u.object.SetOrigin("spec.template.spec."+field, origin)
		}
		u.object.SetOrigin("spec.replicas", c.origin(c.scalePath(u)...))
		c.addBudget(u)
		c.addAutoscaler(u)
	}
}

func (c *compiler) deployment(u *unit, p *pod, meta metav1.ObjectMeta) *appsv1.Deployment {
	d := &appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{
		Replicas: ptr.To(u.replicas()),
		Selector: &metav1.LabelSelector{MatchLabels: c.selector(u)},
		Template: p.template(),
	}}
	if u.ext.Autoscale != nil {
		d.Spec.Replicas = nil // the autoscaler's, who would otherwise be overruled at every "up"
	}
	c.strategy(u, d)
	return d
}

func (c *compiler) statefulSet(u *unit, p *pod, meta metav1.ObjectMeta) *appsv1.StatefulSet {
	s := &appsv1.StatefulSet{ObjectMeta: meta, Spec: appsv1.StatefulSetSpec{
		Replicas:             ptr.To(u.replicas()),
		ServiceName:          u.id,
		Selector:             &metav1.LabelSelector{MatchLabels: c.selector(u)},
		Template:             p.template(),
		VolumeClaimTemplates: p.templates,
	}}
	if u.replicas() > 1 && len(p.templates) > 0 {
		c.warn(fmt.Sprintf("each of the %d replicas keeps data of its own, behind one name", u.replicas()), c.scalePath(u)...)
	}
	for i := range s.Spec.VolumeClaimTemplates {
		s.Spec.VolumeClaimTemplates[i].Labels = c.labels(u.id)
	}
	c.ordered(u, s)
	return s
}

// job runs once; how often it is tried again is what restart says.
func (c *compiler) job(u *unit, p *pod) batchv1.JobSpec {
	spec := batchv1.JobSpec{BackoffLimit: ptr.To(int32(0)), Template: p.template()}
	spec.Template.Spec.RestartPolicy = corev1.RestartPolicyNever
	if u.inferred {
		spec.BackoffLimit = ptr.To(int32(3))
	}
	if policy, tries, _ := strings.Cut(u.svc.Restart, ":"); policy == types.RestartPolicyOnFailure {
		spec.BackoffLimit = ptr.To(int32(6))
		if n, err := strconv.ParseInt(tries, 10, 32); err == nil && n >= 0 {
			spec.BackoffLimit = ptr.To(int32(n))
		}
	}
	if d := u.svc.Deploy; d != nil && d.RestartPolicy != nil && d.RestartPolicy.MaxAttempts != nil {
		spec.BackoffLimit = ptr.To(int32(min(*d.RestartPolicy.MaxAttempts, 1000))) //nolint:gosec // bounded
	}
	if n := u.replicas(); n != 1 && u.kind == "Job" {
		spec.Completions, spec.Parallelism = ptr.To(n), ptr.To(n)
	}
	return spec
}

// cronJobs makes one CronJob for each schedule; a Compose job without one is there to be started by hand.
func (c *compiler) cronJobs(u *unit, p *pod, meta metav1.ObjectMeta) {
	for i, s := range c.schedules(u) {
		m := *meta.DeepCopy()
		if i > 0 {
			m.Name = fmt.Sprintf("%.50s-%d", u.id, i+1)
		}
		job := c.job(u, p)
		job.Template = *job.Template.DeepCopy()
		spec := batchv1.CronJobSpec{
			Schedule:                s.Cron,
			ConcurrencyPolicy:       batchv1.ForbidConcurrent,
			StartingDeadlineSeconds: s.deadline,
			JobTemplate:             batchv1.JobTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: c.labels(u.id)}, Spec: job},
		}
		if s.TimeZone != "" {
			spec.TimeZone = &s.TimeZone
		}
		if s.Cron == never {
			spec.Suspend = ptr.To(true)
			c.info(fmt.Sprintf("is started by hand: kubectl create job --from=cronjob/%s -n %s %s-1", m.Name, c.app.Namespace, u.id), u.base...)
		}
		o := c.add(&batchv1.CronJob{ObjectMeta: m, Spec: spec}, u.id, u.base...)
		for field, origin := range p.fields {
			o.SetOrigin("spec.jobTemplate.spec.template.spec."+field, origin)
		}
		if i == 0 {
			u.object = o
		}
	}
}

// addBudget keeps a drain of a node from taking more than one replica at a time.
func (c *compiler) addBudget(u *unit) {
	least := u.replicas()
	if u.ext.Autoscale != nil {
		least = u.ext.Autoscale.Min
	}
	if least < 2 || u.runsOnce() {
		return
	}
	c.add(&policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: u.id}, Spec: policyv1.PodDisruptionBudgetSpec{
		MaxUnavailable: ptr.To(intstr.FromInt32(1)),
		Selector:       &metav1.LabelSelector{MatchLabels: c.selector(u)},
	}}, u.id, c.scalePath(u)...)
}

func (c *compiler) addAutoscaler(u *unit) {
	a := u.ext.Autoscale
	if a == nil {
		return
	}
	if u.kind != "Deployment" {
		c.refuse(fmt.Sprintf("a %s is not scaled by load: its pods are not alike", u.kind), u.path("x-slipway", "autoscale")...)
		return
	}
	h := &autoscalingv2.HorizontalPodAutoscaler{ObjectMeta: metav1.ObjectMeta{Name: u.id}, Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: u.kind, Name: u.id},
		MinReplicas:    ptr.To(a.Min),
		MaxReplicas:    a.Max,
	}}
	for _, m := range []struct {
		name   corev1.ResourceName
		target int32
	}{{corev1.ResourceCPU, a.CPU}, {corev1.ResourceMemory, a.Memory}} {
		if m.target > 0 {
			h.Spec.Metrics = append(h.Spec.Metrics, autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
				Name: m.name, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: ptr.To(m.target)}}})
		}
	}
	c.add(h, u.id, u.path("x-slipway", "autoscale")...)
}
