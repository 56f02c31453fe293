package security

import (
	"strings"

	"github.com/distribution/reference"
	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

// callers are programs that ask the Kubernetes API, by a part of their image's name.
var callers = []string{
	"operator", "controller", "traefik", "ingress", "prometheus", "cert-manager", "external-dns", "external-secrets", "argocd",
	"argo-", "fluxcd", "kubectl", "kube-", "kubernetes-", "k8s-", "helm", "metrics-server", "autoscaler", "vault", "consul", "istio",
	"linkerd", "cilium", "calico", "fluent", "promtail", "alloy", "timberio/", "datadog", "otel", "opentelemetry", "telegraf",
	"filebeat", "metricbeat", "velero", "reloader", "patroni", "spilo", "jenkins", "gitlab-runner", "actions-runner", "tekton",
	"knative", "keda", "csi-", "longhorn", "rook", "hazelcast", "ignite", "descheduler", "kured", "rancher", "crossplane", "kyverno",
	"gatekeeper", "falco", "portainer", "haproxytech", "strimzi", "coredns", "kong", "contour", "envoy-gateway", "airflow", "spark",
	"dask", "jupyterhub", "kubeflow", "sonobuoy", "trivy", "headlamp", "goldpinger", "thanos", "mimir", "loki", "tempo",
}

// agents are programs that look after a node, and need to see it.
var agents = []string{
	"node-exporter", "node_exporter", "cadvisor", "fluent", "promtail", "alloy", "timberio/", "filebeat", "metricbeat", "datadog",
	"otel", "opentelemetry", "telegraf", "cilium", "calico", "flannel", "weave", "kube-proxy", "csi-", "longhorn", "rook", "falco",
	"node-problem-detector", "nvidia", "device-plugin", "kured", "node-local-dns", "nodelocaldns", "k8s-dns-node-cache", "multus",
	"metallb", "keepalived", "kube-vip", "netdata", "newrelic", "dynatrace", "wazuh", "trivy", "tetragon", "pixie", "parca",
}

// runs says that one of a pod's images is one of those programs.
func runs(pod *corev1.PodSpec, programs []string) bool {
	found := false
	objects.EachContainer(pod, "", func(c *corev1.Container, _ string) {
		name := imageName(c.Image)
		for _, p := range programs {
			found = found || strings.Contains(name, p)
		}
	})
	return found
}

// agent says that a workload looks after nodes: one pod on each, of a program that is known for that.
func agent(w *objects.Workload) bool { return w.Kind() == "DaemonSet" && runs(w.Pod, agents) }

// imageName is an image's name without registry, tag and digest.
func imageName(image string) string {
	if ref, err := reference.ParseNormalizedNamed(image); err == nil {
		return reference.Path(ref)
	}
	return image
}
