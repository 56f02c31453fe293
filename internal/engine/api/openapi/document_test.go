package openapi

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"

	openapiv2 "github.com/google/gnostic-models/openapiv2"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/cli-runtime/pkg/resource"
	clientopenapi "k8s.io/client-go/openapi"
	"k8s.io/client-go/openapi3"
	"k8s.io/kube-openapi/pkg/spec3"
	"k8s.io/kube-openapi/pkg/util/proto"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func groupVersions() []schema.GroupVersion {
	var out []schema.GroupVersion
	seen := map[schema.GroupVersion]bool{}
	for _, k := range store.Kinds {
		if gv := k.GVK.GroupVersion(); !seen[gv] {
			seen[gv] = true
			out = append(out, gv)
		}
	}
	return out
}

var reference = regexp.MustCompile(`"\$ref":"#/(?:components/schemas|definitions)/([^"]+)"`)

func TestEveryReferenceLeadsToASchema(t *testing.T) {
	for _, gv := range groupVersions() {
		data, err := V3(gv)
		if err != nil {
			t.Fatal(err)
		}
		doc := new(spec3.OpenAPI)
		if err := json.Unmarshal(data, doc); err != nil {
			t.Fatal(err)
		}
		for _, m := range reference.FindAllSubmatch(data, -1) {
			if doc.Components.Schemas[string(m[1])] == nil {
				t.Fatalf("%s: %s is referred to and not there", gv, m[1])
			}
		}
	}
	if _, err := V3(schema.GroupVersion{Group: "example.com", Version: "v1"}); err == nil {
		t.Error("a group that is not served has a document")
	}
}

// served is the documents as a client reads them.
type served struct{}

func (served) Paths() (map[string]clientopenapi.GroupVersion, error) {
	out := map[string]clientopenapi.GroupVersion{}
	for _, gv := range groupVersions() {
		path := "apis/" + gv.String()
		if gv.Group == "" {
			path = "api/" + gv.Version
		}
		out[path] = document{gv}
	}
	return out, nil
}

type document struct{ gv schema.GroupVersion }

func (d document) Schema(string) ([]byte, error) { return V3(d.gv) }
func (d document) ServerRelativeURL() string     { return "" }

func TestKubectlSeesThatFieldsAreValidatedByTheServer(t *testing.T) {
	verifier := resource.NewQueryParamVerifierV3(nil, served{}, resource.QueryParamFieldValidation)
	for _, k := range store.Kinds {
		if err := verifier.HasSupport(k.GVK); err != nil {
			t.Errorf("%s: %v", k.GVK.Kind, err)
		}
	}
}

func TestAStrategicMergeKnowsListsByTheirKeys(t *testing.T) {
	root := openapi3.NewRoot(served{})
	doc, err := root.GVSpec(schema.GroupVersion{Group: "apps", Version: "v1"})
	if err != nil {
		t.Fatal(err)
	}
	lookup := strategicpatch.PatchMetaFromOpenAPIV3{
		Schema: doc.Components.Schemas["io.k8s.api.apps.v1.Deployment"], SchemaList: doc.Components.Schemas,
	}
	merged, err := strategicpatch.StrategicMergeMapPatchUsingLookupPatchMeta(
		decode(t, `{"spec":{"template":{"spec":{"containers":[{"name":"a","image":"a:1"},{"name":"b","image":"b:1"}]}}}}`),
		decode(t, `{"spec":{"template":{"spec":{"containers":[{"name":"b","image":"b:2"}]}}}}`), lookup)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := json.Marshal(merged)
	want := `{"spec":{"template":{"spec":{"containers":[{"image":"b:2","name":"b"},{"image":"a:1","name":"a"}]}}}}`
	other := `{"spec":{"template":{"spec":{"containers":[{"image":"a:1","name":"a"},{"image":"b:2","name":"b"}]}}}}`
	if s := string(got); s != want && s != other {
		t.Errorf("got %s", s)
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOlderClientsReadVersionTwo(t *testing.T) {
	data, err := V2()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapiv2.ParseDocument(data)
	if err != nil {
		t.Fatal(err)
	}
	models, err := proto.NewOpenAPIData(doc)
	if err != nil {
		t.Fatal(err)
	}
	pod, ok := models.LookupModel("io.k8s.api.core.v1.Pod").(*proto.Kind)
	if !ok || pod.Fields["spec"].GetDescription() == "" {
		t.Error("a pod's spec is not described")
	}
}

func TestTheSameQuestionGetsTheSameAnswer(t *testing.T) {
	gv := schema.GroupVersion{Version: "v1"}
	a, _ := V3(gv)
	b, _ := V3(gv)
	if !bytes.Equal(a, b) {
		t.Error("two documents of one group version differ, so clients would not keep them")
	}
}
