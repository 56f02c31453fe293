package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/slipway-sh/slipway/internal/deliver"
)

// versions are the resource versions of everything in the namespace that somebody wrote on purpose.
func (p *place) versions() map[string]string {
	p.Helper()
	all := map[string]string{}
	add := func(kind string, o metav1.Object) { all[kind+"/"+o.GetName()] = o.GetResourceVersion() }
	ctx, opts := p.Context(), metav1.ListOptions{}
	cms, err1 := p.client.CoreV1().ConfigMaps("shop").List(ctx, opts)
	svcs, err2 := p.client.CoreV1().Services("shop").List(ctx, opts)
	deps, err3 := p.client.AppsV1().Deployments("shop").List(ctx, opts)
	sets, err4 := p.client.AppsV1().StatefulSets("shop").List(ctx, opts)
	jobs, err5 := p.client.BatchV1().Jobs("shop").List(ctx, opts)
	ings, err6 := p.client.NetworkingV1().Ingresses("shop").List(ctx, opts)
	pods, err7 := p.client.CoreV1().Pods("shop").List(ctx, opts)
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		p.Fatal(err)
	}
	for i := range cms.Items {
		if cms.Items[i].Name == "kube-root-ca.crt" {
			continue // a controller of Kubernetes puts it into every namespace
		}
		add("ConfigMap", &cms.Items[i])
	}
	for i := range svcs.Items {
		add("Service", &svcs.Items[i])
	}
	for i := range deps.Items {
		add("Deployment", &deps.Items[i])
	}
	for i := range sets.Items {
		add("StatefulSet", &sets.Items[i])
	}
	for i := range jobs.Items {
		add("Job", &jobs.Items[i])
	}
	for i := range ings.Items {
		add("Ingress", &ings.Items[i])
	}
	for i := range pods.Items {
		add("Pod", &pods.Items[i])
	}
	return all
}

func TestUpBringsEveryWaveAfterTheOneBefore(t *testing.T) {
	p := newPlace(t)
	var steps []string
	_, err := p.deploy(t.Context(), good.app(), deliver.Options{Report: func(e deliver.Event) {
		if e.Phase == deliver.Applied || e.Phase == deliver.Ready {
			steps = append(steps, string(e.Phase)+" "+e.Object.String())
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	var last int
	for _, step := range []string{
		"applied statefulset shop/db", "ready statefulset shop/db", "applied job shop/migrate-completes-1", "ready job shop/migrate-completes-1",
		"applied configmap shop/api", "applied deployment shop/api", "ready deployment shop/api", "applied ingress shop/api",
	} {
		i := slices.Index(steps, step)
		if i < last {
			t.Errorf("%q is out of order in %s", step, strings.Join(steps, "; "))
		}
		last = i
	}
}

func TestUpTwiceChangesNothingAndSaysSo(t *testing.T) {
	p := newPlace(t)
	p.up(good.app())
	before := p.versions()
	if got := p.up(good.app()).String(); got != "unchanged" {
		t.Errorf("the second up: %s", got)
	}
	if diff := cmp.Diff(before, p.versions()); diff != "" {
		t.Error(diff)
	}
}

func TestAChangedValueConfiguresExactlyItsUsers(t *testing.T) {
	p := newPlace(t)
	p.up(good.app())
	before := p.versions()
	changed := good
	changed.greeting = "goodbye"
	if got := p.up(changed.app()).String(); got != "2 configured, 6 unchanged" {
		t.Error(got)
	}
	for name, version := range p.versions() {
		changes := name == "ConfigMap/api" || name == "Deployment/api" || strings.HasPrefix(name, "Pod/api")
		if was, there := before[name]; !changes && (!there || was != version) {
			t.Errorf("%s has changed", name)
		}
	}
}

func TestAFailedUpdateLeavesTheOldVersionServing(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*shop)
		opts   deliver.Options
		words  []string
	}{
		"an image is missing": {
			func(s *shop) { s.api = "missing:2" }, deliver.Options{},
			[]string{`deployment shop/api: image "missing:2" was not found`, "slipway image load", "rolled back: ", "the version before is serving"},
		},
		"a container exits at once": {
			func(s *shop) { s.api = "crashes:2" }, deliver.Options{},
			[]string{"deployment shop/api: container api exited with code 3, restarted", "api says line 19"},
		},
		"a health check never passes": {
			func(s *shop) { s.api = "never-ready:2" }, deliver.Options{Timeout: 2 * time.Second},
			[]string{"deployment shop/api: not ready after 2s", "readiness probe: HTTP 503", "api says line 19"},
		},
		"the migration fails": {
			func(s *shop) { s.migrate, s.api, s.greeting = "fails:2", "serves:2", "new" }, deliver.Options{},
			[]string{"job shop/migrate-fails-2: failed: container migrate exited with code 7", "migrate says line 19", "the version before is serving"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			p.up(good.app())
			before := p.specs()
			bad := good
			c.change(&bad)
			_ = p.fails(bad.app(), c.opts, c.words...)
			if diff := cmp.Diff(before, p.specs()); diff != "" {
				t.Error(diff)
			}
			if got := p.up(good.app()).String(); got != "unchanged" {
				t.Errorf("the version before, again: %s", got)
			}
		})
	}
}

// specs are what matters of the workloads that run, and how many of their pods are ready.
func (p *place) specs() map[string]string {
	p.Helper()
	all := map[string]string{}
	deps, err := p.client.AppsV1().Deployments("shop").List(p.Context(), metav1.ListOptions{})
	if err != nil {
		p.Fatal(err)
	}
	for _, d := range deps.Items {
		all["Deployment/"+d.Name] = fmt.Sprint(d.Spec.Template.Spec.Containers[0].Image, d.Spec.Template.Annotations, d.Status.ReadyReplicas)
	}
	jobs, err := p.client.BatchV1().Jobs("shop").List(p.Context(), metav1.ListOptions{})
	if err != nil {
		p.Fatal(err)
	}
	for _, j := range jobs.Items {
		all["Job/"+j.Name] = string(j.UID)
	}
	cm, err := p.client.CoreV1().ConfigMaps("shop").Get(p.Context(), "api", metav1.GetOptions{})
	if err != nil {
		p.Fatal(err)
	}
	all["ConfigMap/api"] = fmt.Sprint(cm.Data)
	return all
}

func TestAFailedFirstUpLeavesNothing(t *testing.T) {
	p := newPlace(t)
	bad := good
	bad.api = "missing:1"
	_ = p.fails(bad.app(), deliver.Options{}, "deployment shop/api: image", "rolled back: ")
	p.gone("shop")
}

func TestWhatTheAPIRefusesChangesNothing(t *testing.T) {
	p := newPlace(t)
	app := good.app()
	app.Find("ConfigMap", "api").Meta().SetName("Not_A_Name")
	_ = p.fails(app, deliver.Options{}, "configmap shop/Not_A_Name (compose.yaml:", "metadata.name: ")
	p.gone("shop")
}

// gone waits until a namespace has ended.
func (p *place) gone(namespace string) {
	p.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if _, err := p.client.CoreV1().Namespaces().Get(p.Context(), namespace, metav1.GetOptions{}); apierrors.IsNotFound(err) {
			return
		}
	}
	p.Errorf("namespace %s is still there", namespace)
}

func TestAnInterruptedUpRollsBack(t *testing.T) {
	p := newPlace(t)
	p.up(good.app())
	before := p.specs()
	bad := good
	bad.api = "never-ready:2"
	ctx, cancel := context.WithCancel(t.Context())
	_, err := p.deploy(ctx, bad.app(), deliver.Options{Rollback: true, Report: func(e deliver.Event) {
		if e.Object.Name == "api" && e.Phase == deliver.Waiting && strings.Contains(e.Message, "503") {
			cancel()
		}
	}})
	if !errors.Is(err, deliver.ErrInterrupted) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, p.specs()); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutRollbackThingsStayForALook(t *testing.T) {
	p := newPlace(t)
	bad := good
	bad.api = "missing:1"
	_, err := p.deploy(t.Context(), bad.app(), deliver.Options{})
	var left *deliver.LeftError
	if !errors.As(err, &left) {
		t.Fatal(err)
	}
	p.up(good.app())
}

func TestAJobThatFailedRunsAgain(t *testing.T) {
	p := newPlace(t)
	bad := good
	bad.migrate = "fails:1"
	if _, err := p.deploy(t.Context(), bad.app(), deliver.Options{}); err == nil {
		t.Fatal("did not fail")
	}
	plan, err := p.target.Plan(t.Context(), bad.app(), deliver.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range plan.Operations {
		if op.Object.Kind == "Job" && op.Action != deliver.Replace {
			t.Errorf("%s: %s", op.Object, op.Action)
		}
	}
}

func TestScaledByHandStaysScaledUntilTheFilesChange(t *testing.T) {
	p := newPlace(t)
	p.up(good.app())
	api := deliver.Ref{Namespace: "shop", Name: "api"}
	api.Group, api.Version, api.Kind = "apps", "v1", "Deployment"
	u, err := p.target.Scale(t.Context(), api, 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.target.Wait(t.Context(), []*unstructured.Unstructured{u}, deliver.WaitOptions{Timeout: time.Minute}); err != nil {
		t.Fatal(err)
	}
	if got := p.up(good.app()).String(); got != "unchanged" {
		t.Error(got)
	}
	p.replicas(4)
	changed := good
	changed.greeting = "new"
	p.up(changed.app())
	p.replicas(4)
	changed.replicas = 3
	p.up(changed.app())
	p.replicas(3)
}

func (p *place) replicas(want int32) {
	p.Helper()
	d, err := p.client.AppsV1().Deployments("shop").Get(p.Context(), "api", metav1.GetOptions{})
	if err != nil {
		p.Fatal(err)
	}
	if *d.Spec.Replicas != want || d.Status.ReadyReplicas != want {
		p.Errorf("%d replicas, %d ready, want %d", *d.Spec.Replicas, d.Status.ReadyReplicas, want)
	}
}

func TestWhatIsNoLongerWantedIsPruned(t *testing.T) {
	p := newPlace(t)
	p.up(good.app())
	next := good
	next.migrate = "completes:2"
	next.without = "Ingress/api"
	if got := p.up(next.app()).String(); got != "1 created, 1 configured, 2 deleted, 5 unchanged" {
		t.Error(got)
	}
	for name := range p.versions() {
		if name == "Ingress/api" || name == "Job/migrate-completes-1" {
			t.Errorf("%s is still there", name)
		}
	}
}

func TestWhatOthersMadeIsNotTaken(t *testing.T) {
	p := newPlace(t)
	ctx := t.Context()
	if _, err := p.client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.client.CoreV1().ConfigMaps("shop").Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "api"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	err := p.fails(good.app(), deliver.Options{}, "configmap shop/api (compose.yaml:", "--adopt")
	if !errors.Is(err, deliver.ErrForeign) {
		t.Error(err)
	}
	plan, err := p.target.Plan(ctx, good.app(), deliver.PlanOptions{Adopt: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.target.Apply(ctx, plan, deliver.Options{Wait: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.target.Delete(ctx, "shop", "shop", deliver.DeleteOptions{Volumes: true}); err != nil {
		t.Fatal(err)
	}
}

func TestADryRunLeavesNothing(t *testing.T) {
	p := newPlace(t)
	plan, err := p.target.Plan(t.Context(), good.app(), deliver.PlanOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := `wave 1
  create    namespace shop
  create    service shop/api
  create    service shop/db
  create    statefulset shop/db
wave 2
  create    job shop/migrate-completes-1
wave 3
  create    configmap shop/api
  create    deployment shop/api
wave 4
  create    ingress shop/api
`
	if diff := cmp.Diff(want, plan.String()); diff != "" {
		t.Error(diff)
	}
	if err := p.target.Discard(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	p.gone("shop")
}

func TestDownKeepsDataAndWhatOthersMade(t *testing.T) {
	p := newPlace(t)
	ctx := t.Context()
	p.up(good.app())
	if _, err := p.client.CoreV1().ConfigMaps("shop").Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "theirs"}}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	p.down(false)
	claim, err := p.client.CoreV1().PersistentVolumeClaims("shop").Get(ctx, "data-db-0", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if left := p.versions(); len(left) != 2 || left["ConfigMap/theirs"] == "" {
		t.Error(left)
	}
	p.up(good.app())
	again, err := p.client.CoreV1().PersistentVolumeClaims("shop").Get(ctx, "data-db-0", metav1.GetOptions{})
	if err != nil || again.UID != claim.UID {
		t.Error("the claim is another", err)
	}
	p.down(false)
	p.down(true)
	if _, err := p.client.CoreV1().PersistentVolumeClaims("shop").Get(ctx, "data-db-0", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Error("the claim is still there", err)
	}
	if _, err := p.client.CoreV1().ConfigMaps("shop").Get(ctx, "theirs", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	if err := p.client.CoreV1().ConfigMaps("shop").Delete(ctx, "theirs", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	p.up(good.app())
	p.down(true)
	p.gone("shop")
	if _, err := p.target.Delete(ctx, "shop", "shop", deliver.DeleteOptions{}); !errors.Is(err, deliver.ErrNoApplication) {
		t.Error(err)
	}
}

func TestDownLeavesTheDataOfASetWhoseNameBeginsAlike(t *testing.T) {
	p := newPlace(t)
	p.up(good.app())
	claims := p.client.CoreV1().PersistentVolumeClaims("shop")
	mine, err := claims.Get(t.Context(), "data-db-0", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	theirs := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Name: "data-db-replica-0"}, Spec: mine.Spec}
	theirs.Spec.VolumeName = ""
	if _, err := claims.Create(t.Context(), theirs, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	p.down(true)
	if _, err := claims.Get(t.Context(), "data-db-0", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Error("the claim is still there", err)
	}
	if c, err := claims.Get(t.Context(), "data-db-replica-0", metav1.GetOptions{}); err != nil || c.DeletionTimestamp != nil {
		t.Error("the claim of another set is gone or going", err)
	}
}

func (p *place) down(volumes bool) {
	p.Helper()
	if _, err := p.target.Delete(p.Context(), "shop", "shop", deliver.DeleteOptions{Volumes: volumes, Timeout: time.Minute}); err != nil {
		p.Fatal(err)
	}
}
