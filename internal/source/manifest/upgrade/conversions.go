package upgrade

import "k8s.io/apimachinery/pkg/runtime/schema"

// conversions has every version that can be brought to the current one without asking, and what there is to do beyond
// the apiVersion. That includes the shapes of the current one, which people mix into old versions too.
var conversions = func() map[schema.GroupVersionKind][]step {
	all := map[schema.GroupVersionKind][]step{}
	for _, c := range []struct {
		kinds string
		steps []step
	}{
		{"extensions/v1beta1 Deployment", []step{noRollback, selector, changedDefaults(deploymentExtensions)}},
		{"apps/v1beta1 Deployment", []step{noRollback, selector, changedDefaults(deploymentBeta1)}},
		{"apps/v1beta2 Deployment", []step{noRollback, selector}},
		{"extensions/v1beta1 DaemonSet", []step{noGeneration, selector, onDelete}},
		{"apps/v1beta2 DaemonSet", []step{noGeneration, selector}},
		{"extensions/v1beta1 ReplicaSet", []step{selector}},
		{"apps/v1beta1 ReplicaSet", []step{selector}},
		{"apps/v1beta2 ReplicaSet", []step{selector}},
		{"apps/v1beta1 StatefulSet", []step{selector, onDelete}},
		{"apps/v1beta2 StatefulSet", []step{selector}},
		{"apps/v1beta1 ControllerRevision", nil},
		{"apps/v1beta2 ControllerRevision", nil},

		{"extensions/v1beta1 Ingress", ingress},
		{"networking.k8s.io/v1beta1 Ingress", ingress},
		{"networking.k8s.io/v1beta1 IngressClass IPAddress ServiceCIDR", nil},
		{"networking.k8s.io/v1alpha1 IPAddress ServiceCIDR", nil},
		{"extensions/v1beta1 NetworkPolicy", nil},
		{"discovery.k8s.io/v1beta1 EndpointSlice", []step{topology}},

		{"extensions/v1beta1 Job", []step{manualSelector}},
		{"batch/v1beta1 CronJob", nil},
		{"batch/v2alpha1 CronJob ScheduledJob", nil},
		{"autoscaling/v2alpha1 HorizontalPodAutoscaler", []step{utilization, metrics}},
		{"autoscaling/v2beta1 HorizontalPodAutoscaler", []step{utilization, metrics}},
		{"autoscaling/v2beta2 HorizontalPodAutoscaler", []step{utilization, metrics}},
		{"policy/v1beta1 PodDisruptionBudget", []step{emptySelector}},
		{"policy/v1alpha1 PodDisruptionBudget", []step{emptySelector}},
		{"policy/v1beta1 Eviction", nil},
		{"scheduling.k8s.io/v1alpha1 PriorityClass", nil},
		{"scheduling.k8s.io/v1beta1 PriorityClass", nil},
		{"coordination.k8s.io/v1beta1 Lease", nil},
		{"events.k8s.io/v1beta1 Event", nil},

		{"rbac.authorization.k8s.io/v1beta1 Role ClusterRole RoleBinding ClusterRoleBinding", nil},
		{"rbac.authorization.k8s.io/v1alpha1 Role ClusterRole", nil},
		{"rbac.authorization.k8s.io/v1alpha1 RoleBinding ClusterRoleBinding", []step{subjects}},
		{"authentication.k8s.io/v1beta1 TokenReview SelfSubjectReview", nil},
		{"authentication.k8s.io/v1alpha1 SelfSubjectReview", nil},
		{"authorization.k8s.io/v1beta1 SubjectAccessReview LocalSubjectAccessReview", []step{groups}},
		{"authorization.k8s.io/v1beta1 SelfSubjectAccessReview SelfSubjectRulesReview", nil},
		{"certificates.k8s.io/v1beta1 CertificateSigningRequest", []step{usages, signer}},
		{"certificates.k8s.io/v1beta1 ClusterTrustBundle", nil},
		{"certificates.k8s.io/v1alpha1 ClusterTrustBundle", nil},

		{"storage.k8s.io/v1beta1 StorageClass CSIDriver CSINode VolumeAttachment CSIStorageCapacity VolumeAttributesClass", nil},
		{"storage.k8s.io/v1alpha1 VolumeAttachment CSIStorageCapacity VolumeAttributesClass", nil},
		{"storagemigration.k8s.io/v1beta1 StorageVersionMigration", nil},
		{"node.k8s.io/v1beta1 RuntimeClass", nil},
		{"node.k8s.io/v1alpha1 RuntimeClass", []step{runtimeSpec}},
		{"resource.k8s.io/v1beta2 ResourceClaim ResourceClaimTemplate DeviceClass ResourceSlice DeviceTaintRule", nil},
		{"resource.k8s.io/v1alpha3 DeviceTaintRule", nil},
		{"resource.k8s.io/v1beta1 ResourceClaim", []step{exactly("spec")}},
		{"resource.k8s.io/v1beta1 ResourceClaimTemplate", []step{exactly("spec", "spec")}},
		{"resource.k8s.io/v1beta1 DeviceClass", nil},

		{"admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration ValidatingWebhookConfiguration", []step{webhooks}},
		{"admissionregistration.k8s.io/v1beta1 " + policies, nil},
		{"admissionregistration.k8s.io/v1alpha1 " + policies, nil},
		{"apiextensions.k8s.io/v1beta1 CustomResourceDefinition", []step{scope, versions, conversionWebhook}},
		{"apiregistration.k8s.io/v1beta1 APIService", nil},
		{"flowcontrol.apiserver.k8s.io/v1alpha1 FlowSchema", nil},
		{"flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema", nil},
		{"flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema", nil},
		{"flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema", nil},
		{"flowcontrol.apiserver.k8s.io/v1alpha1 PriorityLevelConfiguration", []step{shares}},
		{"flowcontrol.apiserver.k8s.io/v1beta1 PriorityLevelConfiguration", []step{shares}},
		{"flowcontrol.apiserver.k8s.io/v1beta2 PriorityLevelConfiguration", []step{shares}},
		{"flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration", []step{shares, zeroShares}},

		{"traefik.containo.us/v1alpha1 IngressRoute IngressRouteTCP", []step{matchers}},
		{"traefik.containo.us/v1alpha1 IngressRouteUDP TLSStore TraefikService ServersTransport", nil},
		{"traefik.containo.us/v1alpha1 Middleware MiddlewareTCP", []step{allowList, middlewareOptions}},
		{"traefik.containo.us/v1alpha1 TLSOption", []step{cipherOrder}},
		{"cert-manager.io/v1alpha2 Certificate", []step{certificateKey, certificateNames}},
		{"cert-manager.io/v1alpha3 Certificate", []step{certificateKey, certificateNames}},
		{"cert-manager.io/v1beta1 Certificate", []step{certificateKey, certificateNames}},
		{"cert-manager.io/v1alpha2 CertificateRequest", []step{requestField}},
		{"cert-manager.io/v1alpha3 CertificateRequest", []step{requestField}},
		{"cert-manager.io/v1beta1 CertificateRequest", []step{requestField}},
		{"cert-manager.io/v1alpha2 Issuer ClusterIssuer", []step{solvers}},
		{"cert-manager.io/v1alpha3 Issuer ClusterIssuer", []step{solvers}},
		{"cert-manager.io/v1beta1 Issuer ClusterIssuer", nil},
		{"gateway.networking.k8s.io/v1alpha2 GatewayClass Gateway HTTPRoute GRPCRoute ReferenceGrant ReferencePolicy", nil},
		{"snapshot.storage.k8s.io/v1beta1 VolumeSnapshot VolumeSnapshotClass VolumeSnapshotContent", nil},
		{"snapshot.storage.k8s.io/v1alpha1 VolumeSnapshot VolumeSnapshotClass", []step{snapshot}},
	} {
		for _, kind := range each(c.kinds) {
			all[kind] = c.steps
		}
	}
	return all
}()

const policies = "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding"

// shapes are the steps that make sense, too, where the apiVersion is current and the fields are not.
var shapes = map[schema.GroupVersionKind][]step{
	at("networking.k8s.io/v1", "Ingress"): ingress,
	hpa:                                   {utilization, metrics},
	at("apiextensions.k8s.io/v1", "CustomResourceDefinition"):           {scope, versions, conversionWebhook},
	at("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration"): {shares},
	at("cert-manager.io/v1", "Certificate"):                             {certificateKey, certificateNames},
	at("cert-manager.io/v1", "CertificateRequest"):                      {requestField},
	at("traefik.io/v1alpha1", "Middleware"):                             {allowList},
	at("traefik.io/v1alpha1", "MiddlewareTCP"):                          {allowList},
	at("apps/v1", "Deployment"):                                         {noRollback, selector},
	at("apps/v1", "DaemonSet"):                                          {noGeneration, selector},
	at("apps/v1", "StatefulSet"):                                        {selector},
	at("apps/v1", "ReplicaSet"):                                         {selector},
}
