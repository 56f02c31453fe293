package manifest

import (
	"iter"
	"maps"

	"github.com/slipway-sh/slipway/internal/objects"
)

// wide are the kinds without a namespace, those of well-known operators among them.
var wide = map[string]bool{
	"Namespace": true, "Node": true, "PersistentVolume": true, "StorageClass": true, "IngressClass": true, "RuntimeClass": true,
	"PriorityClass": true, "ClusterRole": true, "ClusterRoleBinding": true, "CustomResourceDefinition": true,
	"ValidatingWebhookConfiguration": true, "MutatingWebhookConfiguration": true, "ValidatingAdmissionPolicy": true,
	"ValidatingAdmissionPolicyBinding": true, "MutatingAdmissionPolicy": true, "MutatingAdmissionPolicyBinding": true,
	"CSIDriver": true, "CSINode": true, "VolumeAttachment": true, "VolumeAttributesClass": true, "APIService": true,
	"CertificateSigningRequest": true, "FlowSchema": true, "PriorityLevelConfiguration": true, "PodSecurityPolicy": true,
	"DeviceClass": true, "ResourceSlice": true, "ClusterTrustBundle": true, "IPAddress": true, "ServiceCIDR": true,
	"ClusterIssuer": true, "GatewayClass": true, "VolumeSnapshotClass": true, "VolumeSnapshotContent": true, "ComponentStatus": true,
	"TokenReview": true, "SubjectAccessReview": true, "SelfSubjectAccessReview": true, "SelfSubjectRulesReview": true,
}

// clusterWide tells an object that is in no namespace.
func clusterWide(o *objects.Object) bool { return wide[o.Kind()] }

func mapKeys(m map[string]int) iter.Seq[string] { return maps.Keys(m) }
