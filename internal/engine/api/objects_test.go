package api

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

var ctx = context.Background()

func configMap(name string, data ...string) *corev1.ConfigMap {
	cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}, Data: map[string]string{}}
	for i := 0; i+1 < len(data); i += 2 {
		cm.Data[data[i]] = data[i+1]
	}
	return cm
}

func podNamed(name string, labels map[string]string) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "web:1"}}},
	}
}

func deployment(name string) *appsv1.Deployment {
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podNamed("", nil).Spec},
		},
	}
}

// in returns a client that speaks one media type.
func (e *engine) in(contentType string) *kubernetes.Clientset {
	e.t.Helper()
	config := rest.CopyConfig(e.config)
	config.ContentType, config.AcceptContentTypes = contentType, contentType
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		e.t.Fatal(err)
	}
	return client
}

func TestAnObjectLivesTheSameInEveryMediaType(t *testing.T) {
	e := start(t, nil)
	for _, media := range []string{runtime.ContentTypeJSON, runtime.ContentTypeProtobuf, runtime.ContentTypeYAML} {
		t.Run(media, func(t *testing.T) {
			maps := e.in(media).CoreV1().ConfigMaps("default")
			made, err := maps.Create(ctx, configMap("a", "k", "v"), metav1.CreateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if made.UID == "" || made.ResourceVersion == "" || made.CreationTimestamp.IsZero() || made.Namespace != "default" {
				t.Errorf("created %+v", made.ObjectMeta)
			}
			got, err := maps.Get(ctx, "a", metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(made, got); diff != "" {
				t.Error(diff)
			}
			got.Data["k"] = "w"
			changed, err := maps.Update(ctx, got, metav1.UpdateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if changed.Data["k"] != "w" || changed.ResourceVersion == got.ResourceVersion || changed.UID != got.UID {
				t.Errorf("updated %+v", changed)
			}
			if _, err = maps.Update(ctx, got, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
				t.Errorf("an update of an old version: %v", err)
			}
			list, err := maps.List(ctx, metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if len(list.Items) != 1 || list.ResourceVersion == "" || list.Items[0].Data["k"] != "w" {
				t.Errorf("list %+v", list)
			}
			if err := maps.Delete(ctx, "a", metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			if _, err = maps.Get(ctx, "a", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
				t.Errorf("a deleted object: %v", err)
			}
		})
	}
}

func TestAnUpdateThatChangesNothingIsNoNewVersion(t *testing.T) {
	e := start(t, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	made, err := maps.Create(ctx, configMap("a", "k", "v"), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	same, err := maps.Update(ctx, made, metav1.UpdateOptions{})
	if err != nil || same.ResourceVersion != made.ResourceVersion {
		t.Errorf("version %s became %s, %v", made.ResourceVersion, same.ResourceVersion, err)
	}
}

func TestSpecAndStatusAreChangedApart(t *testing.T) {
	e := start(t, nil)
	ds := e.client.AppsV1().Deployments("default")
	given := deployment("web")
	given.Status.Replicas = 7 // not for its author to say
	d, err := ds.Create(ctx, given, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Status.Replicas != 0 || d.Generation != 1 || *d.Spec.Replicas != 1 {
		t.Errorf("created with status %+v, generation %d, replicas %v", d.Status, d.Generation, d.Spec.Replicas)
	}
	d.Status.Replicas, *d.Spec.Replicas = 3, 9
	if d, err = ds.UpdateStatus(ctx, d, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if d.Status.Replicas != 3 || *d.Spec.Replicas != 1 || d.Generation != 1 {
		t.Errorf("after an update of the status: %+v, replicas %d, generation %d", d.Status, *d.Spec.Replicas, d.Generation)
	}
	d.Status.Replicas, *d.Spec.Replicas = 0, 9
	if d, err = ds.Update(ctx, d, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if d.Status.Replicas != 3 || *d.Spec.Replicas != 9 || d.Generation != 2 {
		t.Errorf("after an update of the spec: %+v, replicas %d, generation %d", d.Status, *d.Spec.Replicas, d.Generation)
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	e := start(t, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	dry := []string{metav1.DryRunAll}
	out, err := maps.Create(ctx, configMap("a"), metav1.CreateOptions{DryRun: dry})
	if err != nil || out.UID == "" {
		t.Errorf("%v, %v", out, err)
	}
	if _, err := maps.Get(ctx, "a", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("a dry run created: %v", err)
	}
	if _, err = maps.Create(ctx, configMap("a", "k", "v"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if out, err = maps.Update(ctx, configMap("a", "k", "w"), metav1.UpdateOptions{DryRun: dry}); err != nil || out.Data["k"] != "w" {
		t.Errorf("%v, %v", out, err)
	}
	if err := maps.Delete(ctx, "a", metav1.DeleteOptions{DryRun: dry}); err != nil {
		t.Error(err)
	}
	if out, err = maps.Get(ctx, "a", metav1.GetOptions{}); err != nil || out.Data["k"] != "v" {
		t.Errorf("after dry runs: %v, %v", out, err)
	}
	if _, err = maps.Create(ctx, configMap("b"), metav1.CreateOptions{DryRun: []string{"Some"}}); !apierrors.IsInvalid(err) {
		t.Errorf("dryRun=Some: %v", err)
	}
}

func TestListsAreSelectedByLabelsAndFields(t *testing.T) {
	e := start(t, nil)
	for name, labels := range map[string]map[string]string{"a": {"app": "web"}, "b": {"app": "web", "tier": "x"}, "c": nil} {
		if _, err := e.client.CoreV1().Pods("default").Create(ctx, podNamed(name, labels), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ labels, fields, want string }{
		{"", "", "a b c"},
		{"app=web", "", "a b"},
		{"app=web,!tier", "", "a"},
		{"app in (web,api)", "metadata.name!=a", "b"},
		{"", "metadata.name=c,metadata.namespace=default", "c"},
		{"", "status.phase=Pending", "a b c"},
		{"", "spec.nodeName=here", ""},
		{"", "spec.image=x", "error: field label not supported for pods: spec.image"},
		{"a b", "", "error: unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"},
	} {
		list, err := e.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{LabelSelector: c.labels, FieldSelector: c.fields})
		got := ""
		if err != nil {
			got = "error: " + err.Error()
		} else {
			var names []string
			for _, p := range list.Items {
				names = append(names, p.Name)
			}
			got = strings.Join(names, " ")
		}
		if got != c.want {
			t.Errorf("labels %q, fields %q: %q instead of %q", c.labels, c.fields, got, c.want)
		}
	}
}

func TestDeletionFollowsItsOptions(t *testing.T) {
	e := start(t, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	finalized := configMap("held")
	finalized.Finalizers = []string{"example.com/hold"}
	if _, err := maps.Create(ctx, finalized, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := maps.Delete(ctx, "held", metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions("another")}); !apierrors.IsConflict(err) {
		t.Errorf("a deletion of another of the same name: %v", err)
	}
	orphan := metav1.DeletePropagationOrphan
	if err := maps.Delete(ctx, "held", metav1.DeleteOptions{PropagationPolicy: &orphan}); err != nil {
		t.Fatal(err)
	}
	held, err := maps.Get(ctx, "held", metav1.GetOptions{})
	if err != nil || held.DeletionTimestamp == nil || len(held.Finalizers) != 2 || held.Finalizers[1] != metav1.FinalizerOrphanDependents {
		t.Fatalf("held by its finalizers: %+v, %v", held, err)
	}
	held.Finalizers = nil
	if _, err := maps.Update(ctx, held, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := maps.Get(ctx, "held", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("without finalizers: %v", err)
	}
	for i := range 5 {
		cm := configMap(fmt.Sprint("c", i))
		cm.Labels = map[string]string{"odd": fmt.Sprint(i % 2)}
		if _, err := maps.Create(ctx, cm, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "odd=1"}); err != nil {
		t.Fatal(err)
	}
	if list, err := maps.List(ctx, metav1.ListOptions{}); err != nil || len(list.Items) != 3 {
		t.Errorf("%d left, %v", len(list.Items), err)
	}
}

func TestAPodOfANodeWaitsForItsNode(t *testing.T) {
	e := start(t, nil)
	pods := e.client.CoreV1().Pods("default")
	if _, err := pods.Create(ctx, podNamed("p", nil), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Target: corev1.ObjectReference{Kind: "Node", Name: "here"}}
	if err := pods.Bind(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := pods.Bind(ctx, binding, metav1.CreateOptions{}); !apierrors.IsConflict(err) || !strings.Contains(err.Error(), "already assigned to node here") {
		t.Errorf("bound twice: %v", err)
	}
	if err := pods.Delete(ctx, "p", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	p, err := pods.Get(ctx, "p", metav1.GetOptions{})
	if err != nil || p.Spec.NodeName != "here" || *p.DeletionGracePeriodSeconds != 30 {
		t.Fatalf("%+v, %v", p, err)
	}
	if err := pods.Delete(ctx, "p", *metav1.NewDeleteOptions(0)); err != nil {
		t.Fatal(err)
	}
	if _, err := pods.Get(ctx, "p", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("deleted by its node: %v", err)
	}
}

func TestNamespacesHoldTheirContents(t *testing.T) {
	e := start(t, nil)
	spaces := e.client.CoreV1().Namespaces()
	if _, err := e.client.CoreV1().ConfigMaps("shop").Create(ctx, configMap("a"), metav1.CreateOptions{}); !apierrors.IsNotFound(err) || err.Error() != `namespaces "shop" not found` {
		t.Errorf("without the namespace: %v", err)
	}
	ns, err := spaces.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{})
	if err != nil || ns.Labels[corev1.LabelMetadataName] != "shop" || ns.Status.Phase != corev1.NamespaceActive {
		t.Errorf("%+v, %v", ns, err)
	}
	e.until("the default service account", func() bool {
		_, err := e.client.CoreV1().ServiceAccounts("shop").Get(ctx, "default", metav1.GetOptions{})
		return err == nil
	})
	if err := spaces.Delete(ctx, "shop", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err = e.client.CoreV1().ConfigMaps("shop").Create(ctx, configMap("a"), metav1.CreateOptions{})
	if !apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause) {
		t.Errorf("while it is terminating: %v", err)
	}
	if ns, err = spaces.Get(ctx, "shop", metav1.GetOptions{}); err != nil || ns.Status.Phase != corev1.NamespaceTerminating {
		t.Fatalf("%+v, %v", ns, err)
	}
	ns.Spec.Finalizers = nil
	if _, err := spaces.Finalize(ctx, ns, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err = spaces.Get(ctx, "shop", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("finalized: %v", err)
	}
	if err := spaces.Delete(ctx, "default", metav1.DeleteOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("the namespace default: %v", err)
	}
}

// until waits for something that others do in the background.
func (e *engine) until(what string, true func() bool) {
	e.t.Helper()
	waitFor(e.t, what, true)
}

func TestBadObjectsAreRefusedWithTheirField(t *testing.T) {
	e := start(t, nil)
	pod := podNamed("p", nil)
	pod.Spec.HostPID = true
	_, err := e.client.CoreV1().Pods("default").Create(ctx, pod, metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "spec.hostPID") {
		t.Errorf("a field the engine does not carry: %v", err)
	}
	pod = podNamed("p", nil)
	pod.Spec.ServiceAccountName = "nobody"
	if _, err := e.client.CoreV1().Pods("default").Create(ctx, pod, metav1.CreateOptions{}); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), `serviceaccounts "nobody" not found`) {
		t.Errorf("a service account that is not there: %v", err)
	}
	pod = podNamed("Not_A_Name", nil)
	if _, err := e.client.CoreV1().Pods("default").Create(ctx, pod, metav1.CreateOptions{}); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "metadata.name") {
		t.Errorf("a bad name: %v", err)
	}
}

func TestUnknownAndDuplicateFieldsAreNamed(t *testing.T) {
	e := start(t, nil)
	body := `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s","labes":{}},"data":{"a":"b","a":"c"}}`
	for _, c := range []struct {
		validation string
		code       int
		error      string
		warnings   []string
	}{
		{"Strict", http.StatusBadRequest, `strict decoding error: unknown field "metadata.labes", duplicate field "data.a"`, nil},
		{"Warn", http.StatusCreated, "", []string{`299 - "unknown field \"metadata.labes\""`, `299 - "duplicate field \"data.a\""`}},
		{"", http.StatusCreated, "", []string{`299 - "unknown field \"metadata.labes\""`, `299 - "duplicate field \"data.a\""`}},
		{"Ignore", http.StatusCreated, "", nil},
		{"Maybe", http.StatusUnprocessableEntity, "fieldValidation", nil},
	} {
		name := "cm-" + strings.ToLower(c.validation)
		if c.validation == "" {
			name = "cm"
		}
		resp, text := e.do(http.MethodPost, "/api/v1/namespaces/default/configmaps?fieldValidation="+c.validation, fmt.Sprintf(body, name), "Content-Type", "application/json")
		if resp.StatusCode != c.code || !strings.Contains(unquoted(text), c.error) {
			t.Errorf("%s: %d %s", c.validation, resp.StatusCode, text)
		}
		if diff := cmp.Diff(c.warnings, resp.Header["Warning"]); diff != "" {
			t.Errorf("%s: warnings %s", c.validation, diff)
		}
	}
}

func TestADryRunOnAFullDiskIsRefusedBeforeAnythingIsChanged(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=12m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	e := startIn(t, dir, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	dry := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	if _, err := maps.Create(ctx, configMap("a"), dry); err != nil {
		t.Errorf("with space: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 5<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := maps.Create(ctx, configMap("a"), dry); err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Errorf("without space: %v", err)
	}
	if _, err := maps.Create(ctx, configMap("a"), metav1.CreateOptions{}); err != nil {
		t.Errorf("what fits is stored: %v", err)
	}
}

func TestOnlyWhatGoesInStagesIsMarkedWhenItIsDeleted(t *testing.T) {
	e := start(t, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	made, err := maps.Create(ctx, configMap("a"), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: made.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if err := maps.Delete(ctx, "a", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	last := (<-w.ResultChan()).Object.(*corev1.ConfigMap)
	if last.DeletionTimestamp != nil || last.DeletionGracePeriodSeconds != nil {
		t.Errorf("deleted at once, and yet marked: %+v", last.ObjectMeta)
	}
}

func TestOptionsOfAListAreJudgedAsKubernetesDoes(t *testing.T) {
	e := start(t, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	if _, err := maps.List(ctx, metav1.ListOptions{ResourceVersionMatch: metav1.ResourceVersionMatchExact}); !apierrors.IsInvalid(err) {
		t.Errorf("a match without a version: %v", err)
	}
	if _, err := maps.List(ctx, metav1.ListOptions{ResourceVersion: "nonsense"}); !apierrors.IsBadRequest(err) {
		t.Errorf("no version: %v", err)
	}
}
