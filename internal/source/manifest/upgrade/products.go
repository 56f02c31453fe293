package upgrade

import "slices"

// foreign are the versions of well-known custom resources.
var foreign = table(slices.Concat(
	product("Traefik", "https://doc.traefik.io/traefik/migrate/v2-to-v3/",
		row{"traefik.containo.us/v1alpha1 " + traefikKinds,
			Fate{DeprecatedIn: "2.10", RemovedIn: "3.0", Replacement: at("traefik.io/v1alpha1", "")}},
		row{"traefik.io/v1alpha1 " + traefikKinds + " ServersTransportTCP", Fate{Served: true}},
	),
	product("cert-manager", "https://cert-manager.io/docs/releases/upgrading/remove-deprecated-apis/",
		row{"certmanager.k8s.io/v1alpha1 Certificate CertificateRequest Issuer ClusterIssuer Order Challenge",
			Fate{RemovedIn: "0.11", Note: "write it anew as cert-manager.io/v1: solvers are fields of the issuer, no longer of the certificate"}},
		row{"cert-manager.io/v1alpha2 " + certKinds, certGone},
		row{"cert-manager.io/v1alpha3 " + certKinds, certGone},
		row{"cert-manager.io/v1beta1 " + certKinds, certGone},
		row{"cert-manager.io/v1 " + certKinds, Fate{Served: true}},
		row{"acme.cert-manager.io/v1alpha2 Order Challenge", acmeGone},
		row{"acme.cert-manager.io/v1alpha3 Order Challenge", acmeGone},
		row{"acme.cert-manager.io/v1beta1 Order Challenge", acmeGone},
		row{"acme.cert-manager.io/v1 Order Challenge", Fate{Served: true}},
	),
	product("Istio", "https://istio.io/latest/blog/2024/v1-apis/",
		row{"networking.istio.io/v1alpha3 " + istioKinds, Fate{Served: true, Replacement: at("networking.istio.io/v1", "")}},
		row{"networking.istio.io/v1beta1 " + istioKinds, Fate{Served: true, Replacement: at("networking.istio.io/v1", "")}},
		row{"networking.istio.io/v1 " + istioKinds, Fate{Served: true}},
		row{"networking.istio.io/v1alpha3 EnvoyFilter", Fate{Served: true}},
		row{"networking.istio.io/v1beta1 ProxyConfig", Fate{Served: true}},
		row{"security.istio.io/v1beta1 AuthorizationPolicy PeerAuthentication RequestAuthentication",
			Fate{Served: true, Replacement: at("security.istio.io/v1", "")}},
		row{"security.istio.io/v1 AuthorizationPolicy PeerAuthentication RequestAuthentication", Fate{Served: true}},
		row{"telemetry.istio.io/v1alpha1 Telemetry", Fate{Served: true, Replacement: at("telemetry.istio.io/v1", "")}},
		row{"telemetry.istio.io/v1 Telemetry", Fate{Served: true}},
		row{"rbac.istio.io/v1alpha1 ClusterRbacConfig RbacConfig ServiceRole ServiceRoleBinding",
			Fate{RemovedIn: "1.6", Note: "write a security.istio.io/v1 AuthorizationPolicy"}},
		row{"authentication.istio.io/v1alpha1 Policy MeshPolicy",
			Fate{RemovedIn: "1.6", Note: "write a security.istio.io/v1 PeerAuthentication and RequestAuthentication"}},
	),
	product("Gateway API", "https://github.com/kubernetes-sigs/gateway-api/releases",
		row{"networking.x-k8s.io/v1alpha1 GatewayClass Gateway HTTPRoute TCPRoute TLSRoute UDPRoute BackendPolicy",
			Fate{RemovedIn: "0.4", Note: "write it anew as gateway.networking.k8s.io/v1: routes name their gateways now"}},
		row{"gateway.networking.k8s.io/v1alpha2 GatewayClass Gateway HTTPRoute",
			Fate{DeprecatedIn: "0.5", RemovedIn: "1.0", Replacement: at("gateway.networking.k8s.io/v1", "")}},
		row{"gateway.networking.k8s.io/v1alpha2 GRPCRoute",
			Fate{DeprecatedIn: "1.1", RemovedIn: "1.2", Replacement: at("gateway.networking.k8s.io/v1", "")}},
		row{"gateway.networking.k8s.io/v1alpha2 ReferenceGrant",
			Fate{DeprecatedIn: "0.6", RemovedIn: "1.2", Replacement: at("gateway.networking.k8s.io/v1beta1", "")}},
		row{"gateway.networking.k8s.io/v1alpha2 ReferencePolicy",
			Fate{DeprecatedIn: "0.5", RemovedIn: "0.6", Replacement: at("gateway.networking.k8s.io/v1beta1", "ReferenceGrant")}},
		row{"gateway.networking.k8s.io/v1beta1 GatewayClass Gateway HTTPRoute",
			Fate{Served: true, DeprecatedIn: "1.0", Replacement: at("gateway.networking.k8s.io/v1", "")}},
		row{"gateway.networking.k8s.io/v1beta1 ReferenceGrant", Fate{Served: true}},
		row{"gateway.networking.k8s.io/v1 GatewayClass Gateway HTTPRoute GRPCRoute ReferenceGrant TLSRoute BackendTLSPolicy ListenerSet",
			Fate{Served: true}},
		row{"gateway.networking.k8s.io/v1alpha2 TCPRoute UDPRoute", Fate{Served: true}},
		row{"gateway.networking.k8s.io/v1alpha2 TLSRoute",
			Fate{Served: true, DeprecatedIn: "1.5", Replacement: at("gateway.networking.k8s.io/v1", "")}},
	),
	product("Prometheus Operator", "https://prometheus-operator.dev/docs/api-reference/api/",
		row{"monitoring.coreos.com/v1 Prometheus Alertmanager ServiceMonitor PodMonitor Probe PrometheusRule ThanosRuler", Fate{Served: true}},
		row{"monitoring.coreos.com/v1alpha1 AlertmanagerConfig ScrapeConfig PrometheusAgent", Fate{Served: true}},
	),
	product("external-snapshotter", "https://github.com/kubernetes-csi/external-snapshotter/tree/master/CHANGELOG",
		row{"snapshot.storage.k8s.io/v1alpha1 " + snapshotKinds, Fate{RemovedIn: "2.0", Replacement: at("snapshot.storage.k8s.io/v1", "")}},
		row{"snapshot.storage.k8s.io/v1beta1 " + snapshotKinds,
			Fate{DeprecatedIn: "4.1", RemovedIn: "6.1", Replacement: at("snapshot.storage.k8s.io/v1", "")}},
		row{"snapshot.storage.k8s.io/v1 " + snapshotKinds, Fate{Served: true}},
	),
))

const (
	traefikKinds  = "IngressRoute IngressRouteTCP IngressRouteUDP Middleware MiddlewareTCP TLSOption TLSStore TraefikService ServersTransport"
	certKinds     = "Certificate CertificateRequest Issuer ClusterIssuer"
	istioKinds    = "Gateway VirtualService DestinationRule ServiceEntry Sidecar WorkloadEntry WorkloadGroup"
	snapshotKinds = "VolumeSnapshot VolumeSnapshotClass VolumeSnapshotContent"
)

var (
	certGone = Fate{DeprecatedIn: "1.4", RemovedIn: "1.6", Replacement: at("cert-manager.io/v1", "")}
	acmeGone = Fate{DeprecatedIn: "1.4", RemovedIn: "1.6", Replacement: at("acme.cert-manager.io/v1", ""),
		Note: "cert-manager makes these itself: remove it from the manifests"}
)

func product(name, source string, rows ...row) []row {
	for i := range rows {
		rows[i].fate.Product, rows[i].fate.Source = name, source
	}
	return rows
}
