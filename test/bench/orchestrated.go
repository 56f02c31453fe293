package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// orchestrated is what both speak who speak the Kubernetes API: the engine and a real Kubernetes are measured through
// the same client, with the same objects.
type orchestrated struct{ client kubernetes.Interface }

func (o *orchestrated) connect(kubeconfig string) error {
	cfg, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	cfg.QPS, cfg.Burst = 500, 500
	o.client, err = kubernetes.NewForConfig(cfg)
	return err
}

func (o *orchestrated) apply(ctx context.Context, replicas int) error {
	labels := map[string]string{"app": "bench"}
	probe := &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/", Port: intstr.FromInt32(8080)}}, PeriodSeconds: 1}
	n, one, zero := int32(replicas), intstr.FromInt32(1), intstr.FromInt32(0)
	_, err := o.client.AppsV1().Deployments("default").Create(ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "bench"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &n, Selector: &metav1.LabelSelector{MatchLabels: labels},
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &one, MaxUnavailable: &zero}},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: corev1.PodSpec{
				TerminationGracePeriodSeconds: new(int64(5)),
				Containers:                    []corev1.Container{{Name: "app", Image: imageName, ImagePullPolicy: corev1.PullNever, ReadinessProbe: probe, Env: []corev1.EnvVar{{Name: "VERSION", Value: "1"}}}},
			}},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if _, err := o.client.CoreV1().Services("default").Create(ctx, &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: "bench"},
		Spec:       corev1.ServiceSpec{Selector: labels, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt32(8080)}}},
	}, metav1.CreateOptions{}); err != nil {
		return err
	}
	return o.rolledOut(ctx, n)
}

// rolledOut waits, by watching, until every replica is of the newest template and ready.
func (o *orchestrated) rolledOut(ctx context.Context, replicas int32) error {
	w, err := o.client.AppsV1().Deployments("default").Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=bench"})
	if err != nil {
		return err
	}
	defer w.Stop()
	for e := range w.ResultChan() {
		d, ok := e.Object.(*appsv1.Deployment)
		if ok && e.Type != watch.Deleted && d.Status.ObservedGeneration >= d.Generation && d.Status.ReadyReplicas == replicas && d.Status.UpdatedReplicas == replicas && d.Status.Replicas == replicas {
			return nil
		}
	}
	return fmt.Errorf("the watch ended before %d replicas were ready", replicas)
}

func (o *orchestrated) grow(ctx context.Context, replicas int) error {
	if err := o.patch(ctx, fmt.Sprintf(`{"spec":{"replicas":%d}}`, replicas)); err != nil {
		return err
	}
	return o.rolledOut(ctx, int32(replicas))
}

func (o *orchestrated) update(ctx context.Context, version string) error {
	if err := o.patch(ctx, fmt.Sprintf(`{"spec":{"template":{"spec":{"containers":[{"name":"app","env":[{"name":"VERSION","value":%q}]}]}}}}`, version)); err != nil {
		return err
	}
	return o.rolledOut(ctx, 3)
}

func (o *orchestrated) patch(ctx context.Context, body string) error {
	_, err := o.client.AppsV1().Deployments("default").Patch(ctx, "bench", "application/strategic-merge-patch+json", []byte(body), metav1.PatchOptions{})
	return err
}

func (o *orchestrated) kill(ctx context.Context) error {
	pods, err := o.client.CoreV1().Pods("default").List(ctx, metav1.ListOptions{LabelSelector: "app=bench"})
	if err != nil {
		return err
	}
	if len(pods.Items) == 0 {
		return fmt.Errorf("no pod runs")
	}
	pod := pods.Items[0]
	w, err := o.client.CoreV1().Pods("default").Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + pod.Name})
	if err != nil {
		return err
	}
	defer w.Stop()
	if err := killProcess("/pod" + string(pod.UID) + "/"); err != nil {
		return err
	}
	for e := range w.ResultChan() {
		p, ok := e.Object.(*corev1.Pod)
		if ok && len(p.Status.ContainerStatuses) == 1 && p.Status.ContainerStatuses[0].RestartCount > pod.Status.ContainerStatuses[0].RestartCount && p.Status.ContainerStatuses[0].Ready {
			return nil
		}
	}
	return fmt.Errorf("the watch ended before the container was ready again")
}

func (o *orchestrated) address(ctx context.Context) (string, error) {
	s, err := o.client.CoreV1().Services("default").Get(ctx, "bench", metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	return "http://" + s.Spec.ClusterIP + "/", nil
}

func (o *orchestrated) remove(ctx context.Context) error {
	zero := int64(0)
	policy := metav1.DeletePropagationBackground
	if err := o.client.CoreV1().Services("default").Delete(ctx, "bench", metav1.DeleteOptions{}); err != nil {
		return err
	}
	if err := o.client.AppsV1().Deployments("default").Delete(ctx, "bench", metav1.DeleteOptions{PropagationPolicy: &policy, GracePeriodSeconds: &zero}); err != nil {
		return err
	}
	return until(ctx, func() bool {
		pods, err := o.client.CoreV1().Pods("default").List(ctx, metav1.ListOptions{LabelSelector: "app=bench"})
		return err == nil && len(pods.Items) == 0
	})
}

// killProcess sends SIGKILL to the process whose control group has that in its path.
func killProcess(group string) error {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return err
	}
	ours := hostProcesses()
	for _, d := range dirs {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(d), "%d", &pid); err != nil || ours[pid] {
			continue
		}
		if text, _ := os.ReadFile(d + "/cgroup"); bytes.Contains(text, []byte(group)) && isApp(d) {
			return end(pid)
		}
	}
	return fmt.Errorf("no container process is in %s", group)
}

// isApp leaves out the process that holds a pod's namespaces on Kubernetes.
func isApp(dir string) bool {
	comm, _ := os.ReadFile(dir + "/comm")
	return string(bytes.TrimSpace(comm)) == "app"
}

// end kills one process, and never the group that number 0 stands for.
func end(pid int) error {
	if pid <= 1 {
		return fmt.Errorf("the container has no process")
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}
