package api

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// told reads events as TYPE name, until there are as many as wanted.
func told(t *testing.T, w watch.Interface, n int) []string {
	t.Helper()
	var out []string
	for len(out) < n {
		e, ok := <-w.ResultChan()
		if !ok {
			t.Fatalf("the watch ended after %v", out)
		}
		switch o := e.Object.(type) {
		case *metav1.Status:
			out = append(out, string(e.Type)+" "+o.Message)
		default:
			text := string(e.Type) + " " + o.(metav1.Object).GetName()
			if o.(metav1.Object).GetAnnotations()[metav1.InitialEventsAnnotationKey] != "" {
				text += "end of the initial events"
			}
			out = append(out, text)
		}
	}
	return out
}

func TestAWatchTellsEveryChangeInOrder(t *testing.T) {
	e := start(t, nil)
	for _, media := range []string{runtime.ContentTypeJSON, runtime.ContentTypeProtobuf} {
		t.Run(media, func(t *testing.T) {
			maps := e.in(media).CoreV1().ConfigMaps("default")
			list, err := maps.List(ctx, metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			w, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
			if err != nil {
				t.Fatal(err)
			}
			defer w.Stop()
			if _, err := maps.Create(ctx, configMap("a"), metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
			if _, err := maps.Update(ctx, func() *corev1.ConfigMap { return configMap("a", "k", "v") }(), metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := maps.Delete(ctx, "a", metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"ADDED a", "MODIFIED a", "DELETED a"}, told(t, w, 3)); diff != "" {
				t.Error(diff)
			}
			again, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
			if err != nil {
				t.Fatal(err)
			}
			defer again.Stop()
			if diff := cmp.Diff([]string{"ADDED a", "MODIFIED a", "DELETED a"}, told(t, again, 3)); diff != "" {
				t.Errorf("resumed: %s", diff)
			}
		})
	}
}

func TestAWatchWithASelectorSeesObjectsComeAndGo(t *testing.T) {
	e := start(t, nil)
	pods := e.client.CoreV1().Pods("default")
	w, err := pods.Watch(ctx, metav1.ListOptions{LabelSelector: "app=web"})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	label := func(name, app string) {
		t.Helper()
		if _, err := pods.Patch(ctx, name, types.MergePatchType, []byte(`{"metadata":{"labels":{"app":"`+app+`"}}}`), metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "b"} {
		if _, err := pods.Create(ctx, podNamed(name, nil), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	label("a", "web")
	label("b", "api")
	label("a", "api")
	label("b", "web")
	if diff := cmp.Diff([]string{"ADDED a", "DELETED a", "ADDED b"}, told(t, w, 3)); diff != "" {
		t.Error(diff)
	}
}

func TestAWatchListEndsItsInitialEventsWithABookmark(t *testing.T) {
	e := start(t, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	for _, name := range []string{"b", "a"} {
		if _, err := maps.Create(ctx, configMap(name), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	yes := true
	opts := metav1.ListOptions{SendInitialEvents: &yes, ResourceVersionMatch: metav1.ResourceVersionMatchNotOlderThan, AllowWatchBookmarks: true}
	w, err := maps.Watch(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	if _, err := maps.Create(ctx, configMap("c"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"ADDED a", "ADDED b", "BOOKMARK end of the initial events", "ADDED c"}, told(t, w, 4)); diff != "" {
		t.Error(diff)
	}
	opts.ResourceVersionMatch = ""
	if _, err := maps.Watch(ctx, opts); !apierrors.IsBadRequest(err) && !apierrors.IsInvalid(err) {
		t.Errorf("without resourceVersionMatch: %v", err)
	}
}

func TestAWatchOfAForgottenVersionHasToListAgain(t *testing.T) {
	e := start(t, nil)
	maps := e.client.CoreV1().ConfigMaps("default")
	first, err := maps.Create(ctx, configMap("a"), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 600 {
		if _, err := e.store.Update(&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "a"}, Data: map[string]string{"k": strconv.Itoa(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, version := range []string{first.ResourceVersion, "999999999"} {
		if _, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: version}); !apierrors.IsResourceExpired(err) {
			t.Errorf("version %s: %v", version, err)
		}
	}
	if _, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: "new"}); !apierrors.IsBadRequest(err) {
		t.Errorf("no version at all: %v", err)
	}
}

func TestAWatchEndsAfterItsTimeout(t *testing.T) {
	e := start(t, nil)
	one := int64(1)
	w, err := e.client.CoreV1().ConfigMaps("").Watch(ctx, metav1.ListOptions{TimeoutSeconds: &one})
	if err != nil {
		t.Fatal(err)
	}
	for range w.ResultChan() { // ends, or the test never does
	}
}

func TestInformersFollowThroughARestart(t *testing.T) {
	root := t.TempDir()
	var e *engine
	t.Run("first engine", func(t *testing.T) { e = startIn(t, root, nil) })
	// The first engine has stopped; a client made for it goes on with the second.
	client, err := kubernetes.NewForConfig(e.config)
	if err != nil {
		t.Fatal(err)
	}
	second := startIn(t, root, nil)
	if second.URL() != e.URL() {
		t.Fatalf("%s became %s", e.URL(), second.URL())
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	var added, updated, deleted atomic.Int32
	informer := factory.Core().V1().ConfigMaps().Informer()
	_, err = informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { added.Add(1) },
		UpdateFunc: func(_, _ any) { updated.Add(1) },
		DeleteFunc: func(any) { deleted.Add(1) },
	})
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	defer factory.Shutdown()
	defer close(stop)
	factory.Start(stop)
	if !cache.WaitForCacheSync(stop, informer.HasSynced) {
		t.Fatal("no sync")
	}
	maps := client.CoreV1().ConfigMaps("default")
	for i := range 20 {
		name := fmt.Sprint("c", i)
		if _, err := maps.Create(ctx, configMap(name), metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := maps.Update(ctx, configMap(name, "k", "v"), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
		if err := maps.Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "what the informer is told", func() bool { return added.Load() == 20 && updated.Load() == 20 && deleted.Load() == 20 })
}

func TestEventsAreFoundByTheirObject(t *testing.T) {
	e := start(t, nil)
	events := e.client.CoreV1().Events("default")
	for _, name := range []string{"a", "b"} {
		ev := &corev1.Event{
			ObjectMeta:     metav1.ObjectMeta{Name: name},
			InvolvedObject: corev1.ObjectReference{Kind: "Pod", Namespace: "default", Name: "pod-" + name},
			Reason:         "Because", Type: corev1.EventTypeNormal,
		}
		if _, err := events.Create(ctx, ev, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	list, err := events.List(ctx, metav1.ListOptions{FieldSelector: "involvedObject.kind=Pod,involvedObject.name=pod-b,type=Normal,reason=Because"})
	if err != nil || len(list.Items) != 1 || !strings.HasSuffix(list.Items[0].InvolvedObject.Name, "-b") {
		t.Errorf("%+v, %v", list, err)
	}
}
