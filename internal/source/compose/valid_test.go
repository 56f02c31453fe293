package compose

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/objects"
	"github.com/slipway-sh/slipway/internal/objects/defaults"
	"github.com/slipway-sh/slipway/internal/objects/validate"
)

func TestWhatIsCompiledAnAPIServerAccepts(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		app, err := loadCase(t, a, filepath.Join(t.TempDir(), "demo"))
		if err != nil {
			continue // the case is about the error
		}
		if err := app.Finish(nil); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		for _, o := range app.Objects {
			checked++
			valid(t, file, o)
		}
	}
	if checked < 500 {
		t.Errorf("only %d objects were checked", checked)
	}
}

// exampleShop is a copy of the example with its secrets, which a fresh checkout does not have.
func exampleShop(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "..", "examples", "shop"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"db_password", "db_root_password", "admin_password"} {
		if err := os.WriteFile(filepath.Join(dir, "secrets", name+".txt"), []byte("of the test"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "compose.yaml")
}

func TestTheExampleCompiles(t *testing.T) {
	app, err := Load(t.Context(), []string{exampleShop(t)}, Options{Env: map[string]string{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range app.Objects {
		valid(t, "examples/shop", o)
	}
	for _, n := range app.Notes {
		if n.Severity == objects.Warning {
			t.Errorf("a careful user is warned: %s", n)
		}
	}
	for name, after := range map[string]string{"api": "Job/migrate,StatefulSet/db", "web": "Deployment/api"} {
		if d := app.Find("Deployment", name); d == nil || d.Meta().GetAnnotations()[objects.AfterAnnotation] != after {
			t.Errorf("Deployment/%s does not wait for %s", name, after)
		}
	}
}

func valid(t *testing.T, file string, o *objects.Object) {
	t.Helper()
	obj := o.DeepCopyObject()
	defaults.Set(obj)
	if job, ok := obj.(*batchv1.Job); ok { // the server generates its selector
		job.UID = "uid"
		job.Spec.Selector = &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.ControllerUidLabel: "uid"}}
		for k, v := range map[string]string{batchv1.ControllerUidLabel: "uid", "controller-uid": "uid", batchv1.JobNameLabel: job.Name, "job-name": job.Name} {
			job.Spec.Template.Labels[k] = v
		}
	}
	for _, e := range validate.Create(obj) {
		t.Errorf("%s: %s: %v", file, o, e)
	}
}
