package script

import (
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// brings says what a chart, a manifest's address or an addon brings, by a word in its name; the first that fits counts.
var brings = []struct {
	word  string
	gives []string
}{
	{"cert-manager", []string{"cert-manager.io", "acme.cert-manager.io"}},
	{"traefik", []string{"traefik.io", "traefik"}},
	{"ingress-nginx", []string{"ingress-nginx"}},
	{"nginx-ingress", []string{"nginx-ingress"}},
	{"haproxy", []string{"haproxy-ingress"}},
	{"contour", []string{"projectcontour.io"}},
	{"kong", []string{"configuration.konghq.com"}},
	{"gateway-api", []string{"gateway.networking.k8s.io"}},
	{"prometheus-adapter", []string{"custom.metrics.k8s.io"}},
	{"kube-prometheus", []string{"monitoring.coreos.com"}},
	{"prometheus-operator", []string{"monitoring.coreos.com"}},
	{"metrics-server", []string{"metrics.k8s.io"}},
	{"keda", []string{"keda.sh"}},
	{"vertical-pod-autoscaler", []string{"autoscaling.k8s.io"}},
	{"external-secrets", []string{"external-secrets.io"}},
	{"sealed-secrets", []string{"bitnami.com"}},
	{"external-dns", []string{"externaldns.k8s.io"}},
	{"secrets-store-csi", []string{"secrets-store.csi.x-k8s.io"}},
	{"argo", []string{"argoproj.io"}},
	{"flux", []string{"toolkit.fluxcd.io"}},
	{"istio", []string{"networking.istio.io", "security.istio.io"}},
	{"linkerd", []string{"linkerd.io", "policy.linkerd.io"}},
	{"cilium", []string{"cilium.io"}},
	{"calico", []string{"crd.projectcalico.org", "projectcalico.org"}},
	{"tigera-operator", []string{"operator.tigera.io", "projectcalico.org"}},
	{"metallb", []string{"metallb.io"}},
	{"longhorn", []string{"longhorn.io"}},
	{"rook", []string{"ceph.rook.io"}},
	{"openebs", []string{"openebs.io"}},
	{"external-snapshotter", []string{"snapshot.storage.k8s.io"}},
	{"nfs-subdir-external-provisioner", []string{"nfs-subdir-external-provisioner"}},
	{"csi-driver-nfs", []string{"nfs.csi.k8s.io"}},
	{"velero", []string{"velero.io"}},
	{"strimzi", []string{"kafka.strimzi.io"}},
	{"cloudnative-pg", []string{"postgresql.cnpg.io"}},
	{"cnpg", []string{"postgresql.cnpg.io"}},
	{"postgres-operator", []string{"acid.zalan.do"}},
	{"mariadb-operator", []string{"k8s.mariadb.com"}},
	{"percona", []string{"pxc.percona.com", "psmdb.percona.com", "pgv2.percona.com"}},
	{"mysql-operator", []string{"mysql.oracle.com"}},
	{"rabbitmq-cluster-operator", []string{"rabbitmq.com"}},
	{"cluster-operator", []string{"rabbitmq.com"}},
	{"eck-operator", []string{"elasticsearch.k8s.elastic.co", "kibana.k8s.elastic.co"}},
	{"opentelemetry-operator", []string{"opentelemetry.io"}},
	{"jaeger", []string{"jaegertracing.io"}},
	{"grafana-operator", []string{"grafana.integreatly.org"}},
	{"kyverno", []string{"kyverno.io"}},
	{"gatekeeper", []string{"templates.gatekeeper.sh", "constraints.gatekeeper.sh"}},
	{"knative", []string{"serving.knative.dev"}},
	{"tekton", []string{"tekton.dev"}},
	{"crossplane", []string{"apiextensions.crossplane.io"}},
	{"minio", []string{"minio.min.io"}},
}

func (w *walker) installs(from string) {
	for _, b := range brings {
		if strings.Contains(strings.ToLower(from), b.word) {
			w.result.Installs = append(w.result.Installs, b.gives...)
			return
		}
	}
}

// helm notes what a release brings, and the namespace that it makes.
func helm(w *walker, k call) output {
	f := pflag.NewFlagSet("helm", pflag.ContinueOnError)
	f.ParseErrorsAllowlist.UnknownFlags = true
	f.Usage = func() {}
	for _, name := range []string{"repo", "version", "timeout", "kube-context", "kubeconfig", "description", "username", "password", "post-renderer"} {
		f.String(name, "", "")
	}
	space := f.StringP("namespace", "n", w.space, "")
	f.StringArrayP("values", "f", nil, "")
	for _, name := range []string{"set", "set-string", "set-file", "set-json"} {
		f.StringArray(name, nil, "")
	}
	create := f.Bool("create-namespace", false, "")
	f.BoolP("install", "i", false, "")
	f.BoolP("generate-name", "g", false, "")
	for _, name := range []string{"wait", "atomic", "debug", "devel", "force", "reuse-values", "reset-values", "skip-crds", "force-update", "dependency-update"} {
		f.Bool(name, false, "")
	}
	_ = f.Parse(k.args)
	args := f.Args()
	switch {
	case len(args) > 3 && args[0] == "repo" && args[1] == "add":
		w.charts[args[2]] = args[3]
	case len(args) > 1 && (args[0] == "install" || args[0] == "upgrade"):
		chart := args[len(args)-1]
		name, rest, _ := strings.Cut(chart, "/")
		repo, _ := f.GetString("repo")
		w.installs(rest + " " + chart + " " + repo + " " + w.charts[name])
		if *create && nameOf("Namespace", *space) && w.find("Namespace", "", *space) == nil {
			w.add(k, namespace(*space))
		}
	}
	return output{}
}

// distribution is minikube, microk8s or k3s, which bring kubectl with them and switch addons on.
func distribution(w *walker, k call) output {
	if len(k.args) > 0 && k.args[0] == "kubectl" {
		k.drop()
		if len(k.args) > 0 && k.args[0] == "--" {
			k.drop()
		}
		return kubectl(w, k)
	}
	addons := map[string]string{"ingress": "ingress-nginx", "metallb": "metallb", "metrics-server": "metrics-server", "istio": "istio", "cert-manager": "cert-manager"}
	for i, a := range k.args {
		if a == "enable" {
			for _, addon := range k.args[i+1:] {
				w.installs(addons[addon])
			}
			break
		}
	}
	return output{}
}

func mesh(w *walker, k call) output {
	if has(k.args, "install") {
		w.installs(strings.TrimSuffix(k.name, "ctl"))
	}
	return output{}
}

// containers is docker and its like; what it does with containers is no matter here, but for compose.
func containers(w *walker, k call) output {
	for len(k.args) > 0 && k.args[0] != "compose" && strings.HasPrefix(k.args[0], "-") {
		k.drop()
	}
	if len(k.args) > 0 && k.args[0] == "compose" {
		k.drop()
		return compose(w, k)
	}
	return output{}
}

// compose notes how many containers of a service are asked for.
func compose(w *walker, k call) output {
	verb := ""
	for i, a := range k.args {
		value := ""
		switch {
		case verb == "" && (a == "up" || a == "scale" || a == "create"):
			verb = a
		case strings.HasPrefix(a, "--scale="):
			value = a[len("--scale="):]
		case i > 0 && k.args[i-1] == "--scale", verb == "scale":
			value = a
		}
		if name, count, ok := strings.Cut(value, "="); ok && verb != "" {
			if n, err := strconv.Atoi(count); err == nil && n >= 0 && known(name) {
				w.result.Scale[name] = n
			}
		}
	}
	return output{}
}
