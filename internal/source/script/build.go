package script

import (
	"math"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// builders make the objects of kubectl create, by the word after it. Their names are set by who calls them.
var builders map[string]func(w *walker, k call, f *flags, args []string) runtime.Object

func init() {
	builders = map[string]func(*walker, call, *flags, []string) runtime.Object{
		"namespace":           func(*walker, call, *flags, []string) runtime.Object { return &corev1.Namespace{} },
		"serviceaccount":      func(*walker, call, *flags, []string) runtime.Object { return &corev1.ServiceAccount{} },
		"configmap":           configMap,
		"role":                role,
		"clusterrole":         clusterRole,
		"rolebinding":         roleBinding,
		"clusterrolebinding":  clusterRoleBinding,
		"deployment":          deployment,
		"job":                 job,
		"quota":               quota,
		"poddisruptionbudget": budget,
		"priorityclass":       priorityClass,
		"run":                 pod,
	}
	for short, long := range map[string]string{
		"ns": "namespace", "namespaces": "namespace", "sa": "serviceaccount", "cm": "configmap", "deploy": "deployment",
		"resourcequota": "quota", "pdb": "poddisruptionbudget", "pc": "priorityclass",
	} {
		builders[short] = builders[long]
	}
}

// build gives the object that is created and its name, nil if it is not known what is.
func (w *walker) build(k call, f *flags, args []string) (runtime.Object, string) {
	what := args[0]
	switch {
	case what == "secret" && len(args) > 2:
		return w.secret(args[1], f), args[2]
	case what == "service" || what == "svc":
		if len(args) > 2 {
			return service(args[1], f), args[2]
		}
	case (what == "expose" || what == "autoscale") && len(args) > 1:
		target := args[1:]
		kind, name, ok := strings.Cut(target[0], "/")
		if !ok && len(target) > 1 {
			kind, name = target[0], target[1]
		}
		if given := f.text("name"); given != "" {
			return w.derived(what, kind, name, f), given
		}
		return w.derived(what, kind, name, f), name
	default:
		if b := builders[what]; b != nil && len(args) > 1 {
			return b(w, k, f, args[1:]), args[1]
		}
	}
	return nil, ""
}

func namespace(name string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

func deployment(_ *walker, _ call, f *flags, args []string) runtime.Object {
	labels := map[string]string{"app": args[0]}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Replicas: pointer(max(number(f.text("replicas")), 1)),
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{Containers: containersOf(f)}},
		},
	}
}

func job(_ *walker, _ call, f *flags, _ []string) runtime.Object {
	return &batchv1.Job{Spec: batchv1.JobSpec{Template: corev1.PodTemplateSpec{
		Spec: corev1.PodSpec{Containers: containersOf(f), RestartPolicy: corev1.RestartPolicyNever},
	}}}
}

func pod(_ *walker, _ call, f *flags, args []string) runtime.Object {
	if f.set("rm") {
		return nil // gone when the command ends
	}
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"run": args[0]}}, Spec: corev1.PodSpec{Containers: containersOf(f)}}
}

func containersOf(f *flags) []corev1.Container {
	var all []corev1.Container
	for _, image := range f.split("image") {
		name := image[strings.LastIndexByte(image, '/')+1:]
		if i := strings.IndexAny(name, ":@"); i >= 0 {
			name = name[:i]
		}
		c := corev1.Container{Name: strings.ToLower(name), Image: image}
		if port := number(f.text("port")); port > 0 {
			c.Ports = []corev1.ContainerPort{{ContainerPort: port}}
		}
		for _, e := range f.list("env") {
			if name, value, ok := strings.Cut(e, "="); ok {
				c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: value})
			}
		}
		all = append(all, c)
	}
	return all
}

func service(kind string, f *flags) runtime.Object {
	types := map[string]corev1.ServiceType{
		"clusterip": corev1.ServiceTypeClusterIP, "nodeport": corev1.ServiceTypeNodePort,
		"loadbalancer": corev1.ServiceTypeLoadBalancer, "externalname": corev1.ServiceTypeExternalName,
	}
	t, ok := types[kind]
	if !ok {
		return nil
	}
	s := &corev1.Service{Spec: corev1.ServiceSpec{Type: t, ExternalName: f.text("external-name")}}
	for _, p := range f.split("tcp") {
		from, to, _ := strings.Cut(p, ":")
		if to == "" {
			to = from
		}
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: strings.ReplaceAll(p, ":", "-"), Port: number(from), TargetPort: intstr.Parse(to)})
	}
	return s
}

// derived is the Service of kubectl expose or the autoscaler of kubectl autoscale. What a Service selects is taken from
// the workload when the command runs; here it is known where a selector is given or the workload was made by these commands.
func (w *walker) derived(verb, kind, name string, f *flags) runtime.Object {
	if verb == "autoscale" {
		kinds := map[string]string{"deploy": "Deployment", "deployment": "Deployment", "deployments": "Deployment", "deployment.apps": "Deployment", "sts": "StatefulSet", "statefulset": "StatefulSet"}
		h := &autoscalingv2.HorizontalPodAutoscaler{Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
			ScaleTargetRef: autoscalingv2.CrossVersionObjectReference{APIVersion: "apps/v1", Kind: kinds[kind], Name: name},
			MinReplicas:    pointer(max(number(f.text("min")), 1)), MaxReplicas: number(f.text("max")),
		}}
		percent := number(f.text("cpu-percent") + strings.TrimSuffix(f.text("cpu"), "%"))
		if percent > 0 {
			h.Spec.Metrics = []autoscalingv2.MetricSpec{{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
				Name: corev1.ResourceCPU, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &percent},
			}}}
		}
		if kinds[kind] == "" {
			return nil
		}
		return h
	}
	s := &corev1.Service{Spec: corev1.ServiceSpec{Type: corev1.ServiceType(f.text("type")), Selector: labelsOf(strings.Split(f.text("selector"), ","))}}
	if port := number(f.text("port")); port > 0 {
		target := intstr.FromInt32(port)
		if t := f.text("target-port"); t != "" {
			target = intstr.Parse(t)
		}
		s.Spec.Ports = []corev1.ServicePort{{Port: port, TargetPort: target}}
	}
	for _, o := range w.result.Objects {
		if d, ok := o.Object.(*appsv1.Deployment); ok && len(s.Spec.Selector) == 0 && o.Name() == name {
			s.Spec.Selector = d.Spec.Selector.MatchLabels
		}
	}
	return s
}

func quota(_ *walker, _ call, f *flags, _ []string) runtime.Object {
	q := &corev1.ResourceQuota{Spec: corev1.ResourceQuotaSpec{Hard: corev1.ResourceList{}}}
	for name, value := range labelsOf(strings.Split(f.text("hard"), ",")) {
		if v, err := resource.ParseQuantity(value); err == nil {
			q.Spec.Hard[corev1.ResourceName(name)] = v
		}
	}
	return q
}

func budget(_ *walker, _ call, f *flags, _ []string) runtime.Object {
	b := &policyv1.PodDisruptionBudget{Spec: policyv1.PodDisruptionBudgetSpec{
		Selector: &metav1.LabelSelector{MatchLabels: labelsOf(strings.Split(f.text("selector"), ","))},
	}}
	if v := f.text("min-available"); v != "" {
		b.Spec.MinAvailable = pointer(intstr.Parse(v))
	}
	if v := f.text("max-unavailable"); v != "" {
		b.Spec.MaxUnavailable = pointer(intstr.Parse(v))
	}
	return b
}

func priorityClass(_ *walker, _ call, f *flags, _ []string) runtime.Object {
	return &schedulingv1.PriorityClass{Value: number(f.text("value")), GlobalDefault: f.set("global-default"), Description: f.text("description")}
}

func pointer[T any](v T) *T { return &v }

func number(s string) int32 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > math.MaxInt32 || n < math.MinInt32 {
		return 0
	}
	return int32(n)
}

// labelsOf reads k=v; nil if there are none.
func labelsOf(list []string) map[string]string {
	var labels map[string]string
	for _, l := range list {
		if key, value, ok := strings.Cut(l, "="); ok && known(l) {
			if labels == nil {
				labels = map[string]string{}
			}
			labels[strings.TrimSpace(key)] = value
		}
	}
	return labels
}
