package objects_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/objects"
)

func meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: name, Namespace: "shop", Labels: map[string]string{objects.LabelName: name}}
}

func pods(name, config string) corev1.PodTemplateSpec {
	c := corev1.Container{Name: name, Image: name + ":1"}
	if config != "" {
		c.EnvFrom = []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: config}}}}
	}
	return corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": name}}, Spec: corev1.PodSpec{Containers: []corev1.Container{c}}}
}

// shop has an api that waits for a migration, and a web that has nothing to do with either.
func shop(level string) *objects.Application {
	at := objects.Origin{File: "compose.yaml", Line: 1}
	a := &objects.Application{Name: "shop", Namespace: "shop"}
	api := objects.New(&appsv1.Deployment{ObjectMeta: meta("api"), Spec: appsv1.DeploymentSpec{Template: pods("api", "api-env")}}, at)
	api.Annotate(objects.AfterAnnotation, "Job/migrate,StatefulSet/db")
	a.Add(
		api,
		objects.New(&appsv1.Deployment{ObjectMeta: meta("web"), Spec: appsv1.DeploymentSpec{Template: pods("web", "web-env")}}, at),
		objects.New(&batchv1.Job{ObjectMeta: meta("migrate"), Spec: batchv1.JobSpec{Template: pods("migrate", "")}}, at),
		objects.New(&corev1.ConfigMap{ObjectMeta: meta("api-env"), Data: map[string]string{"LEVEL": level}}, at),
		objects.New(&corev1.ConfigMap{ObjectMeta: meta("web-env"), Data: map[string]string{"A": "1"}}, at),
		objects.New(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, at),
		objects.New(&corev1.Service{ObjectMeta: meta("api"), Spec: corev1.ServiceSpec{Selector: map[string]string{"app": "api"}}}, at),
	)
	return a
}

func finished(t *testing.T, level string, digests map[string]string) *objects.Application {
	t.Helper()
	a := shop(level)
	if err := a.Finish(digests); err != nil {
		t.Fatal(err)
	}
	return a
}

func annotations(t *testing.T, a *objects.Application, name string) map[string]string {
	t.Helper()
	tpl, _ := objects.Template(a.Find("Deployment", name).Object)
	return tpl.Annotations
}

func TestAChangedConfigMapChangesTheTemplatesOfItsUsersOnly(t *testing.T) {
	before, after := finished(t, "info", nil), finished(t, "debug", nil)
	if annotations(t, before, "api")[objects.ConfigHashAnnotation] == annotations(t, after, "api")[objects.ConfigHashAnnotation] {
		t.Error("api does not roll")
	}
	if annotations(t, before, "web")[objects.ConfigHashAnnotation] != annotations(t, after, "web")[objects.ConfigHashAnnotation] {
		t.Error("web rolls as well")
	}
}

func TestANewImageMakesANewJobThatItsDependentsWaitFor(t *testing.T) {
	one, two := finished(t, "info", map[string]string{"migrate:1": "sha256:a"}), finished(t, "info", map[string]string{"migrate:1": "sha256:b"})
	names := map[string]bool{}
	for _, a := range []*objects.Application{one, two} {
		job := a.OfKind("Job")[0]
		names[job.Name()] = true
		if len(job.Name()) != len("migrate-")+8 {
			t.Errorf("the job is called %s", job.Name())
		}
		if after := a.Find("Deployment", "api").After(); len(after) != 2 || after[0] != job.String() || after[1] != "StatefulSet/db" {
			t.Errorf("api waits for %v, the job is %s", after, job)
		}
	}
	if len(names) != 2 {
		t.Error("two versions of a migration are one Job")
	}
	if got := annotations(t, finished(t, "", map[string]string{"web:1": "sha256:c"}), "web")[objects.ImageDigestAnnotation]; got != "web=sha256:c" {
		t.Errorf("image digest %q", got)
	}
}

func TestFinishingTwiceChangesNothing(t *testing.T) {
	a := finished(t, "info", map[string]string{"migrate:1": "sha256:a"})
	job := a.OfKind("Job")[0].Name()
	if err := a.Finish(map[string]string{"migrate:1": "sha256:a"}); err != nil || a.OfKind("Job")[0].Name() != job {
		t.Errorf("%s became %s, %v", job, a.OfKind("Job")[0].Name(), err)
	}
	if err := a.Finish(map[string]string{"migrate:1": "sha256:b"}); err != nil || a.Find("Deployment", "api").After()[0] != a.OfKind("Job")[0].String() {
		t.Errorf("api waits for %v, %v", a.Find("Deployment", "api").After(), err)
	}
}

func TestWhatOthersNeedComesFirst(t *testing.T) {
	a := finished(t, "info", nil)
	var got string
	for _, o := range a.Objects {
		got += o.String()[:4] + " "
	}
	if want := "Name Conf Conf Serv Job/ Depl Depl "; got != want {
		t.Errorf("order %s, want %s", got, want)
	}
	if objects.Rank("Certificate") <= objects.Rank("Ingress") {
		t.Error("a kind that nobody knows does not come last")
	}
}
