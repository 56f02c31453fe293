package deliver

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	data, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := u.UnmarshalJSON(data); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestDriftNamesFieldsAndHidesSecrets(t *testing.T) {
	was := object(t, `
apiVersion: v1
kind: Secret
metadata: {name: s, resourceVersion: "1", generation: 1, labels: {app.kubernetes.io/name: a}}
data: {password: b2xk, same: eA==}
`)
	is := object(t, `
apiVersion: v1
kind: Secret
metadata: {name: s, resourceVersion: "2", generation: 2, labels: {app.kubernetes.io/name: b}}
data: {password: bmV3, same: eA==}
`)
	want := []string{
		`data.password: (secret) → (secret)`,
		`metadata.labels[app.kubernetes.io/name]: "a" → "b"`,
	}
	if diff := cmp.Diff(want, drift(was, is)); diff != "" {
		t.Error(diff)
	}
}

func TestNoDriftInWhatTheAPIKeepsForItself(t *testing.T) {
	was := object(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: c, uid: a, resourceVersion: "1"}, data: {k: v}}`)
	is := object(t, `{apiVersion: v1, kind: ConfigMap, metadata: {name: c, uid: b, resourceVersion: "9", managedFields: [{manager: m}]}, data: {k: v}, status: {x: 1}}`)
	if d := drift(was, is); len(d) != 0 {
		t.Error(d)
	}
}

func TestAppliedGivesBackWhatWasApplied(t *testing.T) {
	live := object(t, `
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
  namespace: shop
  annotations: {mine: "1", deployment.kubernetes.io/revision: "4"}
  managedFields:
  - manager: slipway
    operation: Apply
    fieldsType: FieldsV1
    fieldsV1:
      f:metadata: {f:annotations: {f:mine: {}}}
      f:spec:
        f:template:
          f:spec:
            f:containers:
              'k:{"name":"api"}':
                .: {}
                f:image: {}
                f:name: {}
                f:ports: {'k:{"containerPort":8080,"protocol":"TCP"}': {.: {}, f:containerPort: {}}}
                f:args: {}
            f:nodeSelector: {}
  - manager: kubectl
    operation: Update
    fieldsType: FieldsV1
    fieldsV1: {f:spec: {f:replicas: {}}}
spec:
  replicas: 5
  template:
    spec:
      nodeSelector: {disk: fast}
      containers:
      - {name: other, image: injected}
      - name: api
        image: api:1
        args: [a, b]
        imagePullPolicy: IfNotPresent
        ports: [{containerPort: 8080, protocol: TCP}, {containerPort: 9090, protocol: TCP}]
`)
	want := object(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop, annotations: {mine: "1"}}
spec:
  template:
    spec:
      nodeSelector: {disk: fast}
      containers:
      - {name: api, image: api:1, args: [a, b], ports: [{containerPort: 8080, protocol: TCP}]}
`)
	if diff := cmp.Diff(want.Object, applied(live).Object); diff != "" {
		t.Error(diff)
	}
}

func TestReplicasInTheFilesCountWhenTheyChanged(t *testing.T) {
	const ours = `managedFields: [{manager: slipway, operation: Apply, fieldsType: FieldsV1, fieldsV1: {f:spec: {f:replicas: {}}}}]`
	const theirs = `managedFields: [{manager: kubectl, operation: Update, subresource: scale, fieldsType: FieldsV1, fieldsV1: {f:spec: {f:replicas: {}}}}]`
	for name, c := range map[string]struct {
		last, managed string
		autoscaled    bool
		want          any // replicas that are sent; nil for none
	}{
		"the file changed, ours":              {"3", ours, false, int64(2)},
		"the file changed, scaled since":      {"3", theirs, false, int64(2)},
		"the file is the same, ours":          {"2", ours, false, int64(7)},
		"the file is the same, scaled":        {"2", theirs, false, nil},
		"the file changed, autoscaled":        {"3", theirs, true, nil},
		"the file changed, to be autoscaled":  {"3", ours, true, int64(7)},
		"never applied by us, not autoscaled": {"", theirs, false, int64(2)},
	} {
		t.Run(name, func(t *testing.T) {
			want := object(t, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 2}}`)
			live := object(t, `{apiVersion: apps/v1, kind: Deployment, metadata: {name: a, annotations: {slipway.dev/replicas: "`+c.last+`"}, `+c.managed+`}, spec: {replicas: 7}}`)
			settleReplicas(want, live, c.autoscaled)
			got, _, _ := unstructured.NestedFieldNoCopy(want.Object, "spec", "replicas")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if want.GetAnnotations()[ReplicasAnnotation] != "2" {
				t.Error("the number in the files is not noted")
			}
		})
	}
}

func TestProbeAnswersAreShort(t *testing.T) {
	for message, want := range map[string]string{
		"Readiness probe failed: HTTP probe failed with statuscode: 503":                                             "readiness probe: HTTP 503",
		"Liveness probe failed: dial tcp 10.1.2.3:80: connect: connection refused":                                   "liveness probe: connection refused",
		`Readiness probe failed: Get "http://10.1.2.3:80/readyz": dial tcp 10.1.2.3:80: connect: connection refused`: "readiness probe: connection refused",
		"Startup probe failed: \n  no such table\n":                                                                  "startup probe: no such table",
		`Readiness probe errored: rpc error: command "x" timed out`:                                                  `readiness probe: rpc error: command "x" timed out`,
		"Readiness probe failed: ": "readiness probe",
	} {
		if got := shortProbe(message); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}

func TestWhatARuntimeSaysAboutAPullIsTakenDownToTheReason(t *testing.T) {
	for message, want := range map[string]string{
		`failed to pull and unpack image "docker.io/library/a:1": failed to resolve reference "docker.io/library/a:1": failed to do request: Head "https://r.example/v2/": dial tcp: lookup r.example: no such host`: `cannot be pulled: Head "https://r.example/v2/": dial tcp: lookup r.example: no such host`,
		`image a:1: pull: Get "https://r.example/v2/": dial tcp: lookup r.example: no such host`:                                                                                                                     `cannot be pulled: Get "https://r.example/v2/": dial tcp: lookup r.example: no such host`,
		`docker.io/library/a:1: not found`: `was not found`,
	} {
		if got := imageTrouble(&corev1.ContainerStateWaiting{Reason: "ErrImagePull", Message: message}, nil); got != want {
			t.Errorf("%s\ngives %s\nwant  %s", message, got, want)
		}
	}
}

func TestAFullDiskOfTheNodeEndsTheWaitForAPodOfThisRun(t *testing.T) {
	s := newState(nil)
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "api-0", UID: "u", CreationTimestamp: metav1.Now()}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "api"}}}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "api", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}}
	s.events["u"] = []*corev1.Event{{Reason: "FailedMount", Message: "write /x: no space left on device"}}
	if v := s.judgePod(pod, time.Now()); v.phase != Failed || v.next == "" {
		t.Errorf("%+v", v)
	}
	pod.CreationTimestamp = metav1.NewTime(s.began.Add(-time.Minute)) // what was said about it may be old
	if v := s.judgePod(pod, time.Now()); v.phase != Waiting {
		t.Errorf("%+v", v)
	}
}
