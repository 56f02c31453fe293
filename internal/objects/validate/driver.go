package validate

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// maxParameters is the most that a class' parameters may be, in bytes.
const maxParameters = 256 << 10

func provisioner(f *findings, p *field.Path, name string) {
	if name == "" {
		f.required(p)
	} else {
		f.qualified(p, strings.ToLower(name))
	}
}

func parameters(f *findings, m map[string]string) {
	at := field.NewPath("parameters")
	if len(m) > 512 {
		f.add(field.TooLong(at, "", 512))
		return
	}
	size := 0
	for _, k := range sorted(m) {
		if k == "" {
			f.invalid(at, k, "field can not be empty.")
		}
		size += len(k) + len(m[k])
	}
	if size > maxParameters {
		f.add(field.TooLong(at, "", maxParameters))
	}
}

func attributesClass(f *findings, c *storagev1.VolumeAttributesClass) {
	provisioner(f, field.NewPath("driverName"), c.DriverName)
	if parameters(f, c.Parameters); len(c.Parameters) == 0 {
		f.add(field.Required(field.NewPath("parameters"), "must contain at least one key/value pair"))
	}
}

func topologies(f *findings, terms []corev1.TopologySelectorTerm) {
	before := []map[string]sets.Set[string]{{}} // a server takes a term without keys for one that was there
	for i, t := range terms {
		at := field.NewPath("allowedTopologies").Index(i).Child("matchLabelExpressions")
		keys := map[string]sets.Set[string]{}
		for j, r := range t.MatchLabelExpressions {
			values := sets.New[string]()
			if len(r.Values) == 0 {
				f.required(at.Index(j).Child("values"))
			}
			for k, v := range r.Values {
				unique(f, at.Index(j).Child("values").Index(k), values, v)
			}
			f.qualified(at.Index(j).Child("key"), r.Key)
			if keys[r.Key] != nil {
				f.add(field.Duplicate(at.Index(j).Child("key"), r.Key))
			}
			keys[r.Key] = values
		}
		for _, b := range before {
			if same(keys, b) {
				f.add(field.Duplicate(at, ""))
			}
		}
		before = append(before, keys)
	}
}

// driverName is the rule for names of CSI drivers, inside objects.
func driverName(f *findings, p *field.Path, name string) {
	if name == "" {
		f.required(p)
		return
	}
	if len(name) > 63 {
		f.add(field.TooLong(p, "", 63))
	}
	f.invalid(p, name, validation.IsDNS1123Subdomain(strings.ToLower(name))...)
}

func csiDriver(f *findings, s *storagev1.CSIDriverSpec) {
	for _, r := range []struct {
		name  string
		given bool
	}{{"attachedRequired", s.AttachRequired != nil}, {"podInfoOnMount", s.PodInfoOnMount != nil}, {"storageCapacity", s.StorageCapacity != nil}} {
		if !r.given {
			f.required(objectSpec.Child(r.name))
		}
	}
	optional(f, objectSpec.Child("fsGroupPolicy"), s.FSGroupPolicy, storagev1.FileFSGroupPolicy, storagev1.NoneFSGroupPolicy, storagev1.ReadWriteOnceWithFSTypeFSGroupPolicy)
	seen := sets.New[string]()
	for i, t := range s.TokenRequests {
		at := objectSpec.Child("tokenRequests").Index(i)
		if seen.Has(t.Audience) {
			f.add(field.Duplicate(at.Child("audience"), t.Audience))
			continue
		}
		seen.Insert(t.Audience)
		expiration(f, at.Child("expirationSeconds"), t.ExpirationSeconds)
	}
	for _, m := range s.VolumeLifecycleModes {
		enum(f, objectSpec.Child("volumeLifecycleModes"), m, storagev1.VolumeLifecyclePersistent, storagev1.VolumeLifecycleEphemeral)
	}
	if s.SELinuxMount == nil {
		f.required(objectSpec.Child("seLinuxMount"))
	}
	if n := s.NodeAllocatableUpdatePeriodSeconds; n != nil && *n < 10 {
		f.invalid(objectSpec.Child("nodeAllocatableUpdatePeriodSeconds"), *n, "must be greater than or equal to 10 seconds")
	}
	if s.ServiceAccountTokenInSecrets != nil && len(s.TokenRequests) == 0 {
		f.invalid(objectSpec.Child("serviceAccountTokenInSecrets"), *s.ServiceAccountTokenInSecrets, "serviceAccountTokenInSecrets is set but no tokenRequests are specified")
	}
}

func csiNode(f *findings, s *storagev1.CSINodeSpec) {
	names := sets.New[string]()
	for i, d := range s.Drivers {
		at := objectSpec.Child("drivers").Index(i)
		driverName(f, at.Child("name"), d.Name)
		if d.NodeID == "" {
			f.required(at.Child("nodeID"))
		}
		if len(d.NodeID) > 256 {
			f.invalid(at.Child("nodeID"), d.NodeID, "must be 256 characters or less")
		}
		if d.Allocatable != nil {
			notNegativeIf(f, at.Child("allocatable", "count"), d.Allocatable.Count)
		}
		unique(f, at.Child("name"), names, d.Name)
		keys := sets.New[string]()
		for _, k := range d.TopologyKeys {
			if k == "" {
				f.required(at)
			}
			unique(f, at, keys, k)
			f.invalid(at, k, validation.IsQualifiedName(k)...)
		}
	}
}
