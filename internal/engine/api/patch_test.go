package api

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
)

func TestPatchesOfEverySort(t *testing.T) {
	e := start(t, nil)
	ds := e.client.AppsV1().Deployments("default")
	for _, c := range []struct {
		name  string
		kind  types.PatchType
		patch string
		want  string // containers, or the error
	}{
		{"strategic merges lists by key", types.StrategicMergePatchType, `{"spec":{"template":{"spec":{"containers":[{"name":"log","image":"log:1"}]}}}}`, "log=log:1 web=web:1"},
		{"strategic deletes by directive", types.StrategicMergePatchType, `{"spec":{"template":{"spec":{"containers":[{"name":"new","image":"n:1"},{"name":"web","$patch":"delete"}]}}}}`, "new=n:1"},
		{"merge replaces lists", types.MergePatchType, `{"spec":{"template":{"spec":{"containers":[{"name":"log","image":"log:1"}]}}}}`, "log=log:1"},
		{"JSON patch", types.JSONPatchType, `[{"op":"test","path":"/spec/template/spec/containers/0/name","value":"web"},{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"web:2"}]`, "web=web:2"},
		{"JSON patch whose test fails", types.JSONPatchType, `[{"op":"test","path":"/spec/replicas","value":7}]`, "error: the patch cannot be applied: testing value /spec/replicas failed"},
		{"JSON patch of nothing", types.JSONPatchType, `[{"op":"remove","path":"/spec/nothing"}]`, "error: the patch cannot be applied: error in remove for path: '/spec/nothing'"},
		{"not JSON", types.MergePatchType, `{"spec":`, "error: error decoding patch"},
		{"a strategic patch that is a list", types.StrategicMergePatchType, `[]`, "error: error decoding patch"},
		{"another name", types.MergePatchType, `{"metadata":{"name":"other"}}`, "error: the name of the object (other) does not match the name on the URL (web)"},
		{"a wrong type", types.MergePatchType, `{"spec":{"replicas":"many"}}`, "error: Deployment.apps \"\" is invalid: patch"},
		{"an old version", types.MergePatchType, `{"metadata":{"resourceVersion":"1"}}`, "error: Operation cannot be fulfilled on deployments.apps \"web\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ds.Create(ctx, deployment("web"), metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = ds.Delete(ctx, "web", metav1.DeleteOptions{}) }()
			d, err := ds.Patch(ctx, "web", c.kind, []byte(c.patch), metav1.PatchOptions{})
			got := ""
			if err != nil {
				got = "error: " + err.Error()
			} else {
				var all []string
				for _, c := range d.Spec.Template.Spec.Containers {
					all = append(all, c.Name+"="+c.Image)
				}
				got = strings.Join(all, " ")
			}
			if strings.HasPrefix(c.want, "error: ") && !strings.HasPrefix(got, c.want) || !strings.HasPrefix(c.want, "error: ") && got != c.want {
				t.Errorf("%q instead of %q", got, c.want)
			}
		})
	}
}

func TestStrictPatchesNameUnknownFields(t *testing.T) {
	e := start(t, nil)
	ds := e.client.AppsV1().Deployments("default")
	if _, err := ds.Create(ctx, deployment("web"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	patch := []byte(`{"spec":{"replcas":3,"paused":true,"paused":false}}`)
	for _, kind := range []types.PatchType{types.MergePatchType, types.StrategicMergePatchType} {
		_, err := ds.Patch(ctx, "web", kind, patch, metav1.PatchOptions{FieldValidation: metav1.FieldValidationStrict})
		if err == nil || !strings.Contains(err.Error(), `unknown field "spec.replcas"`) || !strings.Contains(err.Error(), `duplicate field "spec.paused"`) {
			t.Errorf("%s: %v", kind, err)
		}
		if _, err = ds.Patch(ctx, "web", kind, patch, metav1.PatchOptions{}); err != nil {
			t.Errorf("%s without strictness: %v", kind, err)
		}
	}
}

func TestPatchesWithoutAVersionNeverConflict(t *testing.T) {
	e := start(t, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	if _, err := maps.Create(ctx, configMap("a"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, key := range strings.Split("abcdefghij", "") {
		wg.Go(func() {
			if _, err := maps.Patch(ctx, "a", types.MergePatchType, []byte(`{"data":{"`+key+`":"x"}}`), metav1.PatchOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if cm, err := maps.Get(ctx, "a", metav1.GetOptions{}); err != nil || len(cm.Data) != 10 {
		t.Errorf("%v, %v", cm.Data, err)
	}
}

// owners lists who set which top fields of a ConfigMap's data: manager/operation=keys.
func owners(fields []metav1.ManagedFieldsEntry) map[string]string {
	out := map[string]string{}
	for _, f := range fields {
		out[f.Manager+"/"+string(f.Operation)+"/"+f.Subresource] = string(f.FieldsV1.GetRawBytes())
	}
	return out
}

func TestApplyCreatesOwnsAndLetsGo(t *testing.T) {
	e := start(t, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	apply := func(manager string, force bool, data ...string) (*corev1.ConfigMap, error) {
		m := map[string]string{}
		for i := 0; i+1 < len(data); i += 2 {
			m[data[i]] = data[i+1]
		}
		return maps.Apply(ctx, coreapply.ConfigMap("a", "default").WithData(m), metav1.ApplyOptions{FieldManager: manager, Force: force})
	}
	cm, err := apply("one", false, "k", "1", "l", "1")
	if err != nil {
		t.Fatal(err)
	}
	version := cm.ResourceVersion
	if cm, err = apply("one", false, "k", "1", "l", "1"); err != nil || cm.ResourceVersion != version {
		t.Errorf("applied again: version %s became %s, %v", version, cm.ResourceVersion, err)
	}
	if _, err = apply("two", false, "k", "2"); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), `conflict with "one": .data.k`) {
		t.Errorf("another manager: %v", err)
	}
	if cm, err = apply("two", true, "k", "2"); err != nil || cm.Data["k"] != "2" {
		t.Errorf("another manager by force: %v, %v", cm, err)
	}
	if cm, err = apply("one", false); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"k": "2"}, cm.Data); diff != "" {
		t.Errorf("after the first manager let go of all: %s", diff)
	}
	cm.Data["m"] = "3"
	if cm, err = maps.Update(ctx, cm, metav1.UpdateOptions{FieldManager: "hand"}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"two/Apply/":   `{"f:data":{"f:k":{}}}`,
		"hand/Update/": `{"f:data":{"f:m":{}}}`,
	}
	if diff := cmp.Diff(want, owners(cm.ManagedFields)); diff != "" {
		t.Errorf("managed fields: %s", diff)
	}
}

func TestApplyIsDefaultedAndJudged(t *testing.T) {
	e := start(t, nil)
	container := coreapply.Container().WithName("web").WithImage("web:1")
	config := appsapply.Deployment("web", "default").WithSpec(appsapply.DeploymentSpec().
		WithSelector(metaapply.LabelSelector().WithMatchLabels(map[string]string{"app": "web"})).
		WithTemplate(coreapply.PodTemplateSpec().WithLabels(map[string]string{"app": "web"}).WithSpec(coreapply.PodSpec().WithContainers(container))))
	ds := e.client.AppsV1().Deployments("default")
	opts := metav1.ApplyOptions{FieldManager: "me"}
	d, err := ds.Apply(ctx, config, opts)
	if err != nil {
		t.Fatal(err)
	}
	if *d.Spec.Replicas != 1 || d.Spec.Strategy.Type != "RollingUpdate" {
		t.Errorf("defaults: %+v", d.Spec)
	}
	if _, err := ds.Patch(ctx, "web", types.StrategicMergePatchType, []byte(`{"spec":{"replicas":5}}`), metav1.PatchOptions{FieldManager: "scaler"}); err != nil {
		t.Fatal(err)
	}
	if d, err = ds.Apply(ctx, config, opts); err != nil || *d.Spec.Replicas != 5 {
		t.Errorf("replicas that the applier leaves to others: %d, %v", *d.Spec.Replicas, err)
	}
	_, err = ds.Patch(ctx, "web", types.ApplyPatchType, []byte(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replcas":1}}`), metav1.PatchOptions{FieldManager: "me"})
	if err == nil || !strings.Contains(err.Error(), "replcas: field not declared in schema") {
		t.Errorf("an unknown field: %v", err)
	}
	_, err = ds.Patch(ctx, "web", types.ApplyPatchType, []byte(`{"apiVersion":"apps/v1beta1","kind":"Deployment","metadata":{"name":"web"}}`), metav1.PatchOptions{FieldManager: "me"})
	if !apierrors.IsBadRequest(err) {
		t.Errorf("another version: %v", err)
	}
	if _, err = ds.Patch(ctx, "web", types.ApplyPatchType, []byte(`{}`), metav1.PatchOptions{}); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "fieldManager") {
		t.Errorf("without a manager: %v", err)
	}
	status := appsapply.Deployment("web", "default").WithStatus(appsapply.DeploymentStatus().WithReplicas(4))
	if d, err = ds.ApplyStatus(ctx, status, metav1.ApplyOptions{FieldManager: "controller"}); err != nil || d.Status.Replicas != 4 || *d.Spec.Replicas != 5 {
		t.Errorf("apply of the status: %+v, %v", d.Status, err)
	}
}

func TestScaleChangesOnlyReplicas(t *testing.T) {
	e := start(t, nil)
	ds := e.client.AppsV1().Deployments("default")
	if _, err := ds.Create(ctx, deployment("web"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	scale, err := ds.GetScale(ctx, "web", metav1.GetOptions{})
	if err != nil || scale.Spec.Replicas != 1 || scale.Status.Selector != "app=web" {
		t.Fatalf("%+v, %v", scale, err)
	}
	scale.Spec.Replicas = 4
	if scale, err = ds.UpdateScale(ctx, "web", scale, metav1.UpdateOptions{FieldManager: "scaler"}); err != nil || scale.Spec.Replicas != 4 {
		t.Fatalf("%+v, %v", scale, err)
	}
	scale.ResourceVersion = "1"
	if _, err = ds.UpdateScale(ctx, "web", scale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		t.Errorf("an old version: %v", err)
	}
	if _, err := ds.Patch(ctx, "web", types.MergePatchType, []byte(`{"spec":{"replicas":2}}`), metav1.PatchOptions{}, "scale"); err != nil {
		t.Fatal(err)
	}
	d, err := ds.Get(ctx, "web", metav1.GetOptions{})
	if err != nil || *d.Spec.Replicas != 2 || d.Generation != 3 {
		t.Errorf("replicas %d, generation %d, %v", *d.Spec.Replicas, d.Generation, err)
	}
	if _, err = ds.Patch(ctx, "web", types.MergePatchType, []byte(`{"spec":{"replicas":-2}}`), metav1.PatchOptions{}, "scale"); !apierrors.IsInvalid(err) {
		t.Errorf("less than none: %v", err)
	}
	if got := owners(d.ManagedFields)["scaler/Update/scale"]; got != "" {
		t.Errorf("the scaler was overruled and still owns %s", got)
	}
}

func FuzzPatch(f *testing.F) {
	for _, seed := range []string{`{}`, `[]`, `{"spec":{"template":{"spec":{"containers":[{"$patch":"replace"}]}}}}`, `[{"op":"add","path":"/metadata/labels/a","value":1}]`,
		`{"metadata":{"$retainKeys":["a"]}}`, `{"spec":{"$setElementOrder/containers":[1]}}`, `{"metadata":null}`, `[{"op":"copy","from":"","path":"/spec"}]`} {
		f.Add([]byte(seed))
	}
	s := fuzzed(f)
	f.Fuzz(func(t *testing.T, patch []byte) {
		for _, kind := range []types.PatchType{types.JSONPatchType, types.MergePatchType, types.StrategicMergePatchType, types.ApplyYAMLPatchType} {
			s.answers(t, "PATCH", "/api/v1/namespaces/default/pods/p?fieldManager=f&dryRun=All", string(kind), patch)
		}
	})
}

func FuzzBody(f *testing.F) {
	for _, seed := range []string{`{"kind":"Pod","apiVersion":"v1"}`, "kind: Pod", "k8s\x00\n\x09\n\x02v1\x12\x03Pod", `{"metadata":{"name":"x"},"spec":{"containers":[{}]}}`} {
		f.Add([]byte(seed))
	}
	s := fuzzed(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, kind := range []string{"application/json", "application/yaml", "application/vnd.kubernetes.protobuf"} {
			s.answers(t, "POST", "/api/v1/namespaces/default/pods?dryRun=All", kind, body)
			s.answers(t, "DELETE", "/api/v1/namespaces/default/pods/p?dryRun=All", kind, body)
		}
	})
}
