package upgrade

import (
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
)

func TestFates(t *testing.T) {
	for _, c := range []struct {
		kind    string
		served  bool
		removed string
		now     string
	}{
		{"v1 Pod", true, "", ""},
		{"v1 List", true, "", ""},
		{"v1 Endpoints", true, "", ""},
		{"v1 ComponentStatus", true, "", ""},
		{"apps/v1 Deployment", true, "", ""},
		{"autoscaling/v1 HorizontalPodAutoscaler", true, "", ""},
		{"apiextensions.k8s.io/v1 CustomResourceDefinition", true, "", ""},
		{"extensions/v1beta1 Deployment", false, "1.16", "apps/v1"},
		{"extensions/v1beta1 Ingress", false, "1.22", "networking.k8s.io/v1"},
		{"extensions/v1beta1 NetworkPolicy", false, "1.16", "networking.k8s.io/v1"},
		{"extensions/v1beta1 PodSecurityPolicy", false, "1.16", ""},
		{"policy/v1beta1 PodSecurityPolicy", false, "1.25", ""},
		{"policy/v1beta1 PodDisruptionBudget", false, "1.25", "policy/v1"},
		{"networking.k8s.io/v1beta1 IngressClass", false, "1.22", "networking.k8s.io/v1"},
		{"batch/v1beta1 CronJob", false, "1.25", "batch/v1"},
		{"autoscaling/v2beta1 HorizontalPodAutoscaler", false, "1.25", "autoscaling/v2"},
		{"autoscaling/v2beta2 HorizontalPodAutoscaler", false, "1.26", "autoscaling/v2"},
		{"flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema", false, "1.26", "flowcontrol.apiserver.k8s.io/v1"},
		{"flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema", false, "1.32", "flowcontrol.apiserver.k8s.io/v1"},
		{"storage.k8s.io/v1beta1 CSIStorageCapacity", false, "1.27", "storage.k8s.io/v1"},
		{"node.k8s.io/v1beta1 RuntimeClass", false, "1.25", "node.k8s.io/v1"},
		{"events.k8s.io/v1beta1 Event", false, "1.25", "events.k8s.io/v1"},
		{"settings.k8s.io/v1alpha1 PodPreset", false, "1.20", ""},
		{"resource.k8s.io/v1beta2 ResourceClaim", false, "", "resource.k8s.io/v1"},
		{"traefik.containo.us/v1alpha1 IngressRoute", false, "3.0", "traefik.io/v1alpha1"},
		{"traefik.io/v1alpha1 IngressRoute", true, "", ""},
		{"cert-manager.io/v1alpha2 Issuer", false, "1.6", "cert-manager.io/v1"},
		{"networking.istio.io/v1beta1 Gateway", true, "", "networking.istio.io/v1"},
		{"gateway.networking.k8s.io/v1beta1 Gateway", true, "", "gateway.networking.k8s.io/v1"},
		{"monitoring.coreos.com/v1 ServiceMonitor", true, "", ""},
		{"snapshot.storage.k8s.io/v1beta1 VolumeSnapshot", false, "6.1", "snapshot.storage.k8s.io/v1"},
	} {
		kind := each(c.kind)[0]
		f, ok := Of(kind)
		now := ""
		if !f.Replacement.Empty() {
			now = f.Replacement.GroupVersion().String()
		}
		if !ok || f.Served != c.served || f.RemovedIn != c.removed || now != c.now || f.Source == "" || f.Product == "" {
			t.Errorf("%s: %v %+v, want served %v, removed %q, now %q", c.kind, ok, f, c.served, c.removed, c.now)
		}
		if !f.Served && f.Replacement.Empty() && f.Note == "" {
			t.Errorf("%s: nothing says what to use instead", c.kind)
		}
	}
}

func TestWhatNeverWasIsUnknown(t *testing.T) {
	for _, kind := range []string{"v1 Deployment", "apps/v1 Ingress", "apps/v1 ListOptions", "v1 Status", "v1 PodExecOptions", "example.org/v1 Pump", "apps/v2 Deployment"} {
		if f, ok := Of(each(kind)[0]); ok {
			t.Errorf("%s: %+v", kind, f)
		}
	}
}

func TestHomesAreWhereAKindIsServed(t *testing.T) {
	for kind, want := range map[string]string{
		"Deployment": "apps/v1", "Ingress": "networking.k8s.io/v1", "CronJob": "batch/v1", "IngressRoute": "traefik.io/v1alpha1",
		"CustomResourceDefinition": "apiextensions.k8s.io/v1", "HorizontalPodAutoscaler": "autoscaling/v2",
	} {
		homes := Homes(kind)
		if len(homes) == 0 || homes[0].GroupVersion().String() != want {
			t.Errorf("%s: %v, want %s first", kind, homes, want)
		}
	}
}

// byHand are versions that are gone and have no automatic way to the next.
var byHand = map[string]bool{
	"apps/v1beta1 Scale": true, "apps/v1beta2 Scale": true, "extensions/v1beta1 Scale": true, // subresources
	"apps/v1beta1 DeploymentRollback": true, "extensions/v1beta1 DeploymentRollback": true,
	"admission.k8s.io/v1beta1 AdmissionReview":   true,
	"coordination.k8s.io/v1beta1 LeaseCandidate": true, "coordination.k8s.io/v1alpha2 LeaseCandidate": true,
	"resource.k8s.io/v1beta1 ResourceSlice": true, "certificates.k8s.io/v1beta1 PodCertificateRequest": true,
	"scheduling.k8s.io/v1alpha3 PodGroup": true, "scheduling.k8s.io/v1alpha3 Workload": true,
}

func TestEveryVersionOfTheLibraryIsServedOrConverted(t *testing.T) {
	for kind := range scheme.Scheme.AllKnownTypes() {
		f, ok := Of(kind)
		if !ok || f.Served || f.Replacement.Empty() || strings.HasSuffix(kind.Kind, "List") {
			continue
		}
		if _, ok := conversions[kind]; !ok && !byHand[kind.GroupVersion().String()+" "+kind.Kind] {
			t.Errorf("%v: nothing brings it to %v", kind, f.Replacement)
		}
	}
}

func TestEveryConversionLeadsToWhatIsServed(t *testing.T) {
	for kind := range conversions {
		f, ok := Of(kind)
		if !ok || f.Served || f.Replacement.Empty() {
			t.Errorf("%v: %v %+v", kind, ok, f)
			continue
		}
		if to, ok := Of(f.Replacement); !ok || !to.Served {
			t.Errorf("%v: its replacement %v is not served", kind, f.Replacement)
		}
	}
}

func TestTheTablesSpeakOfTheReleaseOfTheLibrary(t *testing.T) {
	if Current != "1."+strconv.Itoa(currentMinor) {
		t.Error(Current, "is not", currentMinor)
	}
	for _, tab := range []map[schema.GroupVersionKind]Fate{departed, foreign} {
		for kind, f := range tab {
			if !f.Served && f.RemovedIn == "" || !f.Served && f.Replacement.Empty() && f.Note == "" || f.Source == "" {
				t.Errorf("%v: %+v does not say enough", kind, f)
			}
		}
	}
}

func TestFamilies(t *testing.T) {
	for group, want := range map[string]string{
		"traefik.io": "Traefik", "traefik.containo.us": "Traefik", "acme.cert-manager.io": "cert-manager", "source.toolkit.fluxcd.io": "Flux",
		"networking.istio.io": "Istio", "pxc.percona.com": "Percona Operators", "kustomize.config.k8s.io": "Kustomize", "elasticsearch.k8s.elastic.co": "Elastic Cloud on Kubernetes",
	} {
		f, ok := FamilyOf(group)
		if !ok || f.Product != want || f.Install == "" && !f.Config {
			t.Errorf("%s: %+v, want %s", group, f, want)
		}
	}
	for _, group := range []string{"", "apps", "example.org", "networking.k8s.io", "internal.apiserver.k8s.io", "com", "io"} {
		if f, ok := FamilyOf(group); ok {
			t.Errorf("%q is %+v", group, f)
		}
	}
	for kind := range foreign {
		if _, ok := FamilyOf(kind.Group); !ok {
			t.Errorf("%s has no family", kind.Group)
		}
	}
}

func TestRulesOfTraefik(t *testing.T) {
	for rule, want := range map[string]string{
		"Host(`a`)":      "Host(`a`)",
		"Host(`a`, `b`)": "(Host(`a`) || Host(`b`))",
		"!Host(`a`,`b`) && Method(`GET`, `POST`)": "!(Host(`a`) || Host(`b`)) && (Method(`GET`) || Method(`POST`))",
		`Host("a", "b\"c")`:                       `(Host("a") || Host("b\"c"))`,
		"HeadersRegexp(`X`, `.*`)":                "HeaderRegexp(`X`, `.*`)",
		"HostHeader(`a`)":                         "Host(`a`)",
		"Query(`a=b`, `c=d`)":                     "(Query(`a`, `b`) && Query(`c`, `d`))",
		"Query(`mobile`)":                         "Query(`mobile`)",
		"Query(`a`, `b`)":                         "Query(`a`, `b`)",
		"HostRegexp(`{sub:[a-z]+}.a`)":            "HostRegexp(`{sub:[a-z]+}.a`)",
		"Host(`a` && broken":                      "Host(`a` && broken",
		"":                                        "",
	} {
		after, _ := ruleOf3(rule)
		if after != want {
			t.Errorf("%s: %s, want %s", rule, after, want)
		}
		if again, _ := ruleOf3(after); again != after {
			t.Errorf("%s: a second time it is %s", after, again)
		}
	}
}
