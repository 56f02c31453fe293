package upgrade

import "strings"

// Family is the product that an API group of custom resources belongs to.
type Family struct {
	Product string
	Install string // how its definitions are usually installed
	Config  bool   // a file that a program reads; it is never applied to a cluster
}

// FamilyOf finds whose an API group is: by its name, else by the longest end of it that the table has.
func FamilyOf(group string) (Family, bool) {
	for name := group; name != ""; {
		if f, ok := Families[name]; ok {
			return f, true
		}
		_, rest, dotted := strings.Cut(name, ".")
		if !dotted {
			return Family{}, false
		}
		name = rest
	}
	return Family{}, false
}

func chart(product, name, repo string) Family {
	return Family{Product: product, Install: "helm install " + name + " " + repo}
}

func manifest(product, url string) Family {
	return Family{Product: product, Install: "kubectl apply -f " + url}
}

func docs(product, url string) Family {
	return Family{Product: product, Install: "as " + url + " says"}
}

func config(product string) Family { return Family{Product: product, Config: true} }

// Families are well-known API groups that Kubernetes itself does not serve. A group stands for those below it, too.
var Families = map[string]Family{
	// traffic
	"traefik.io":                chart("Traefik", "traefik", "oci://ghcr.io/traefik/helm/traefik"),
	"traefik.containo.us":       chart("Traefik", "traefik", "oci://ghcr.io/traefik/helm/traefik"),
	"hub.traefik.io":            chart("Traefik Hub", "traefik", "oci://ghcr.io/traefik/helm/traefik"),
	"gateway.networking.k8s.io": manifest("Gateway API", "https://github.com/kubernetes-sigs/gateway-api/releases/latest/download/standard-install.yaml"),
	"networking.x-k8s.io":       manifest("Gateway API", "https://github.com/kubernetes-sigs/gateway-api/releases/latest/download/standard-install.yaml"),
	"istio.io":                  docs("Istio", "https://istio.io/latest/docs/setup/install/"),
	"linkerd.io":                docs("Linkerd", "https://linkerd.io/2/getting-started/"),
	"projectcontour.io":         manifest("Contour", "https://projectcontour.io/quickstart/contour.yaml"),
	"k8s.nginx.org":             chart("NGINX Ingress Controller (F5)", "nginx-ingress", "oci://ghcr.io/nginx/charts/nginx-ingress"),
	"konghq.com":                docs("Kong", "https://developer.konghq.com/kubernetes-ingress-controller/install/"),
	"getambassador.io":          docs("Emissary-ingress", "https://www.getambassador.io/docs/emissary/"),
	"haproxy.org":               docs("HAProxy Ingress Controller", "https://www.haproxy.com/documentation/kubernetes-ingress/"),
	"ingress.v1.haproxy.org":    docs("HAProxy Ingress Controller", "https://www.haproxy.com/documentation/kubernetes-ingress/"),
	"gateway.envoyproxy.io":     chart("Envoy Gateway", "eg", "oci://docker.io/envoyproxy/gateway-helm"),
	"apisix.apache.org":         docs("Apache APISIX", "https://apisix.apache.org/docs/ingress-controller/"),
	"metallb.io":                docs("MetalLB", "https://metallb.io/installation/"),
	"externaldns.k8s.io":        docs("ExternalDNS", "https://kubernetes-sigs.github.io/external-dns/"),
	"networking.gke.io":         docs("Google Kubernetes Engine", "https://cloud.google.com/kubernetes-engine/docs"),
	"cloud.google.com":          docs("Google Kubernetes Engine", "https://cloud.google.com/kubernetes-engine/docs"),
	"elbv2.k8s.aws":             docs("AWS Load Balancer Controller", "https://kubernetes-sigs.github.io/aws-load-balancer-controller/"),
	"vpcresources.k8s.aws":      docs("Amazon EKS", "https://docs.aws.amazon.com/eks/"),
	"k8s.cni.cncf.io":           docs("Multus", "https://github.com/k8snetworkplumbingwg/multus-cni"),
	"cilium.io":                 docs("Cilium", "https://docs.cilium.io/en/stable/gettingstarted/k8s-install-default/"),
	"projectcalico.org":         docs("Calico", "https://docs.tigera.io/calico/latest/getting-started/kubernetes/"),
	"operator.tigera.io":        docs("Calico", "https://docs.tigera.io/calico/latest/getting-started/kubernetes/"),
	"policy.networking.k8s.io":  docs("Network Policy API (AdminNetworkPolicy)", "https://network-policy-api.sigs.k8s.io/"),
	"submariner.io":             docs("Submariner", "https://submariner.io/"),

	// certificates and secrets
	"cert-manager.io":            chart("cert-manager", "cert-manager", "oci://quay.io/jetstack/charts/cert-manager --set crds.enabled=true"),
	"certmanager.k8s.io":         chart("cert-manager", "cert-manager", "oci://quay.io/jetstack/charts/cert-manager --set crds.enabled=true"),
	"external-secrets.io":        docs("External Secrets Operator", "https://external-secrets.io/latest/introduction/getting-started/"),
	"bitnami.com":                docs("Sealed Secrets", "https://github.com/bitnami-labs/sealed-secrets"),
	"secrets-store.csi.x-k8s.io": docs("Secrets Store CSI Driver", "https://secrets-store-csi-driver.sigs.k8s.io/"),
	"secrets.hashicorp.com":      docs("Vault Secrets Operator", "https://developer.hashicorp.com/vault/docs/deploy/kubernetes/vso"),
	"consul.hashicorp.com":       docs("Consul", "https://developer.hashicorp.com/consul/docs/k8s"),
	"spire.spiffe.io":            docs("SPIRE", "https://spiffe.io/docs/latest/spire-about/"),
	"onepassword.com":            docs("1Password Operator", "https://developer.1password.com/docs/k8s/operator/"),
	"reloader.stakater.com":      docs("Reloader", "https://github.com/stakater/Reloader"),

	// watching
	"monitoring.coreos.com":     docs("Prometheus Operator", "https://prometheus-operator.dev/docs/getting-started/installation/"),
	"monitoring.googleapis.com": docs("Google Managed Prometheus", "https://cloud.google.com/stackdriver/docs/managed-prometheus"),
	"operator.victoriametrics.com": docs("VictoriaMetrics Operator",
		"https://docs.victoriametrics.com/operator/"),
	"grafana.integreatly.org": docs("Grafana Operator", "https://grafana.github.io/grafana-operator/"),
	"loki.grafana.com":        docs("Loki Operator", "https://loki-operator.dev/"),
	"tempo.grafana.com":       docs("Tempo Operator", "https://github.com/grafana/tempo-operator"),
	"opentelemetry.io":        docs("OpenTelemetry Operator", "https://opentelemetry.io/docs/platforms/kubernetes/operator/"),
	"jaegertracing.io":        docs("Jaeger Operator", "https://www.jaegertracing.io/docs/"),
	"datadoghq.com":           docs("Datadog Operator", "https://docs.datadoghq.com/containers/datadog_operator/"),
	"logging.banzaicloud.io":  docs("Logging operator", "https://kube-logging.dev/"),
	"fluentbit.fluent.io":     docs("Fluent Operator", "https://github.com/fluent/fluent-operator"),
	"robusta.dev":             docs("Robusta", "https://docs.robusta.dev/"),
	"sloth.slok.dev":          docs("Sloth", "https://sloth.dev/"),

	// scaling and scheduling
	"keda.sh":               docs("KEDA", "https://keda.sh/docs/latest/deploy/"),
	"autoscaling.k8s.io":    docs("Vertical Pod Autoscaler", "https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler"),
	"metrics.k8s.io":        docs("metrics-server", "https://github.com/kubernetes-sigs/metrics-server"),
	"karpenter.sh":          docs("Karpenter", "https://karpenter.sh/docs/"),
	"karpenter.k8s.aws":     docs("Karpenter", "https://karpenter.sh/docs/"),
	"kueue.x-k8s.io":        docs("Kueue", "https://kueue.sigs.k8s.io/docs/installation/"),
	"batch.volcano.sh":      docs("Volcano", "https://volcano.sh/"),
	"scheduling.volcano.sh": docs("Volcano", "https://volcano.sh/"),
	"apps.kruise.io":        docs("OpenKruise", "https://openkruise.io/docs/installation"),
	"flagger.app":           docs("Flagger", "https://docs.flagger.app/"),
	"ray.io":                docs("KubeRay", "https://docs.ray.io/en/latest/cluster/kubernetes/"),
	"kubeflow.org":          docs("Kubeflow", "https://www.kubeflow.org/docs/"),
	"nfd.k8s-sigs.io":       docs("Node Feature Discovery", "https://kubernetes-sigs.github.io/node-feature-discovery/"),
	"nvidia.com":            docs("NVIDIA GPU Operator", "https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/"),
	"sparkoperator.k8s.io":  docs("Spark Operator", "https://www.kubeflow.org/docs/components/spark-operator/"),
	"flink.apache.org":      docs("Flink Operator", "https://nightlies.apache.org/flink/flink-kubernetes-operator-docs-stable/"),

	// storage and backups
	"snapshot.storage.k8s.io":      docs("CSI snapshots", "https://github.com/kubernetes-csi/external-snapshotter"),
	"groupsnapshot.storage.k8s.io": docs("CSI group snapshots", "https://github.com/kubernetes-csi/external-snapshotter"),
	"longhorn.io":                  docs("Longhorn", "https://longhorn.io/docs/latest/deploy/install/"),
	"rook.io":                      docs("Rook", "https://rook.io/docs/rook/latest/"),
	"objectbucket.io":              docs("Rook", "https://rook.io/docs/rook/latest/"),
	"openebs.io":                   docs("OpenEBS", "https://openebs.io/docs/"),
	"velero.io":                    docs("Velero", "https://velero.io/docs/"),
	"volsync.backube":              docs("VolSync", "https://volsync.readthedocs.io/"),
	"k8up.io":                      docs("K8up", "https://docs.k8up.io/"),
	"stash.appscode.com":           docs("Stash", "https://stash.run/docs/"),
	"minio.min.io":                 docs("MinIO Operator", "https://min.io/docs/"),

	// databases and queues
	"postgresql.cnpg.io":           docs("CloudNativePG", "https://cloudnative-pg.io/documentation/current/installation_upgrade/"),
	"acid.zalan.do":                docs("Zalando Postgres Operator", "https://postgres-operator.readthedocs.io/"),
	"crunchydata.com":              docs("Crunchy Postgres Operator", "https://access.crunchydata.com/documentation/postgres-operator/latest/"),
	"stackgres.io":                 docs("StackGres", "https://stackgres.io/doc/latest/"),
	"k8s.mariadb.com":              docs("MariaDB Operator", "https://github.com/mariadb-operator/mariadb-operator"),
	"mariadb.mmontes.io":           docs("MariaDB Operator", "https://github.com/mariadb-operator/mariadb-operator"),
	"mysql.oracle.com":             docs("MySQL Operator", "https://dev.mysql.com/doc/mysql-operator/en/"),
	"mysql.presslabs.org":          docs("MySQL Operator (Bitpoke)", "https://www.bitpoke.io/docs/mysql-operator/"),
	"percona.com":                  docs("Percona Operators", "https://docs.percona.com/percona-operators/"),
	"planetscale.com":              docs("Vitess Operator", "https://github.com/planetscale/vitess-operator"),
	"mongodbcommunity.mongodb.com": docs("MongoDB Community Operator", "https://github.com/mongodb/mongodb-kubernetes"),
	"mongodb.com":                  docs("MongoDB Controllers", "https://github.com/mongodb/mongodb-kubernetes"),
	"databases.spotahome.com":      docs("Redis Operator (Spotahome)", "https://github.com/spotahome/redis-operator"),
	"redis.redis.opstreelabs.in":   docs("Redis Operator (Opstree)", "https://github.com/OT-CONTAINER-KIT/redis-operator"),
	"app.redislabs.com":            docs("Redis Enterprise Operator", "https://redis.io/docs/latest/operate/kubernetes/"),
	"rabbitmq.com":                 manifest("RabbitMQ Cluster Operator", "https://github.com/rabbitmq/cluster-operator/releases/latest/download/cluster-operator.yml"),
	"strimzi.io":                   docs("Strimzi", "https://strimzi.io/docs/operators/latest/deploying"),
	"k8s.elastic.co":               docs("Elastic Cloud on Kubernetes", "https://www.elastic.co/docs/deploy-manage/deploy/cloud-on-k8s"),
	"opensearch.opster.io":         docs("OpenSearch Operator", "https://github.com/opensearch-project/opensearch-k8s-operator"),
	"clickhouse.altinity.com":      docs("ClickHouse Operator", "https://github.com/Altinity/clickhouse-operator"),
	"cassandra.datastax.com":       docs("K8ssandra", "https://docs.k8ssandra.io/"),
	"k8ssandra.io":                 docs("K8ssandra", "https://docs.k8ssandra.io/"),
	"scylla.scylladb.com":          docs("Scylla Operator", "https://operator.docs.scylladb.com/"),
	"etcd.database.coreos.com":     docs("etcd Operator (archived)", "https://github.com/coreos/etcd-operator"),
	"zookeeper.pravega.io":         docs("ZooKeeper Operator", "https://github.com/pravega/zookeeper-operator"),
	"kubedb.com":                   docs("KubeDB", "https://kubedb.com/docs/"),
	"apps.kubeblocks.io":           docs("KubeBlocks", "https://kubeblocks.io/docs/"),
	"k8s.keycloak.org":             docs("Keycloak Operator", "https://www.keycloak.org/operator/installation"),
	"nats.io":                      docs("NACK (NATS)", "https://github.com/nats-io/nack"),
	"jenkins.io":                   docs("Jenkins Operator", "https://jenkinsci.github.io/kubernetes-operator/"),
	"camel.apache.org":             docs("Camel K", "https://camel.apache.org/camel-k/"),
	"solr.apache.org":              docs("Solr Operator", "https://solr.apache.org/operator/"),
	"infinispan.org":               docs("Infinispan Operator", "https://infinispan.org/docs/"),
	"hazelcast.com":                docs("Hazelcast Platform Operator", "https://docs.hazelcast.com/operator/latest/"),
	"confluent.io":                 docs("Confluent for Kubernetes", "https://docs.confluent.io/operator/current/"),
	"pulsar.streamnative.io":       docs("Pulsar Operators", "https://docs.streamnative.io/"),
	"litmuschaos.io":               docs("LitmusChaos", "https://docs.litmuschaos.io/"),
	"chaos-mesh.org":               docs("Chaos Mesh", "https://chaos-mesh.org/docs/"),
	"k6.io":                        docs("k6 Operator", "https://grafana.com/docs/k6/latest/set-up/set-up-distributed-k6/"),
	"serving.kserve.io":            docs("KServe", "https://kserve.github.io/website/"),
	"agones.dev":                   docs("Agones", "https://agones.dev/site/docs/installation/"),
	"kubevirt.io":                  docs("KubeVirt", "https://kubevirt.io/user-guide/cluster_admin/installation/"),
	"harvesterhci.io":              docs("Harvester", "https://docs.harvesterhci.io/"),
	"actions.github.com":           docs("Actions Runner Controller", "https://docs.github.com/en/actions/tutorials/use-actions-runner-controller"),
	"actions.summerwind.dev":       docs("Actions Runner Controller", "https://github.com/actions/actions-runner-controller"),
	"tekton.dev":                   manifest("Tekton", "https://storage.googleapis.com/tekton-releases/pipeline/latest/release.yaml"),
	"argoproj.io":                  docs("Argo (CD, Workflows, Rollouts, Events)", "https://argoproj.github.io/"),
	"toolkit.fluxcd.io":            docs("Flux", "https://fluxcd.io/flux/installation/"),
	"fluxcd.controlplane.io":       docs("Flux Operator", "https://fluxcd.control-plane.io/operator/"),
	"fluxcd.io":                    docs("Flux v1 (archived)", "https://fluxcd.io/flux/migration/"),
	"knative.dev":                  docs("Knative", "https://knative.dev/docs/install/"),
	"openfaas.com":                 docs("OpenFaaS", "https://docs.openfaas.com/deployment/kubernetes/"),
	"dapr.io":                      docs("Dapr", "https://docs.dapr.io/operations/hosting/kubernetes/kubernetes-deploy/"),
	"core.oam.dev":                 docs("KubeVela", "https://kubevela.io/docs/installation/kubernetes/"),
	"crossplane.io":                docs("Crossplane", "https://docs.crossplane.io/latest/get-started/install/"),
	"upbound.io":                   docs("Crossplane", "https://docs.crossplane.io/latest/get-started/install/"),
	"services.k8s.aws":             docs("AWS Controllers for Kubernetes", "https://aws-controllers-k8s.github.io/docs/"),
	"azure.com":                    docs("Azure Service Operator", "https://azure.github.io/azure-service-operator/"),
	"aadpodidentity.k8s.io":        docs("Azure AD Pod Identity (archived)", "https://github.com/Azure/aad-pod-identity"),
	"cnrm.cloud.google.com":        docs("Config Connector", "https://cloud.google.com/config-connector/docs/how-to/install-upgrade-uninstall"),
	"cluster.x-k8s.io":             docs("Cluster API", "https://cluster-api.sigs.k8s.io/user/quick-start"),
	"operators.coreos.com":         docs("Operator Lifecycle Manager", "https://olm.operatorframework.io/"),
	"kyverno.io":                   docs("Kyverno", "https://kyverno.io/docs/installation/"),
	"wgpolicyk8s.io":               docs("Policy Reports", "https://github.com/kubernetes-sigs/wg-policy-prototypes"),
	"gatekeeper.sh":                docs("Gatekeeper", "https://open-policy-agent.github.io/gatekeeper/website/docs/install/"),
	"aquasecurity.github.io":       docs("Trivy Operator", "https://aquasecurity.github.io/trivy-operator/"),
	"capsule.clastix.io":           docs("Capsule", "https://projectcapsule.dev/"),
	"hnc.x-k8s.io":                 docs("Hierarchical Namespaces (archived)", "https://github.com/kubernetes-retired/hierarchical-namespaces"),
	"policies.kubewarden.io":       docs("Kubewarden", "https://docs.kubewarden.io/"),
	"app.k8s.io":                   docs("Application", "https://github.com/kubernetes-sigs/application"),
	"helm.cattle.io":               docs("K3s and RKE2 (Helm controller)", "https://docs.k3s.io/helm"),
	"k3s.cattle.io":                docs("K3s", "https://docs.k3s.io/"),
	"upgrade.cattle.io":            docs("System Upgrade Controller", "https://github.com/rancher/system-upgrade-controller"),
	"cattle.io":                    docs("Rancher", "https://ranchermanager.docs.rancher.com/"),
	"openshift.io":                 docs("OpenShift", "https://docs.redhat.com/en/documentation/openshift_container_platform/"),

	// files for programs, not objects
	"kustomize.config.k8s.io":      config("Kustomize"),
	"kubeadm.k8s.io":               config("kubeadm"),
	"kubelet.config.k8s.io":        config("kubelet"),
	"kubeproxy.config.k8s.io":      config("kube-proxy"),
	"kubescheduler.config.k8s.io":  config("kube-scheduler"),
	"apiserver.config.k8s.io":      config("kube-apiserver"),
	"audit.k8s.io":                 config("kube-apiserver (audit policy)"),
	"client.authentication.k8s.io": config("kubectl (credential plugins)"),
	"kind.x-k8s.io":                config("kind"),
	"k3d.io":                       config("k3d"),
	"kops.k8s.io":                  config("kOps"),
	"eksctl.io":                    config("eksctl"),
	"skaffold":                     config("Skaffold"),
	"kuttl.dev":                    config("KUTTL"),
	"chainsaw.kyverno.io":          config("Chainsaw"),
	"config.karmada.io":            config("Karmada"),
}
