package api

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

func TestStrangersAreNotAnswered(t *testing.T) {
	e := start(t, nil)
	stranger := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	for path, code := range map[string]int{
		"/api/v1/secrets": 401, "/api": 401, "/": 401, "/openapi/v3": 401, "/nothing": 401,
		"/healthz": 200, "/livez": 200, "/readyz": 200, "/version": 200,
	} {
		resp, err := stranger.Get(e.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != code {
			t.Errorf("%s: %d instead of %d", path, resp.StatusCode, code)
		}
		status := metav1.Status{}
		if code == 401 && (json.Unmarshal(body, &status) != nil || status.Reason != metav1.StatusReasonUnauthorized) {
			t.Errorf("%s: %s", path, body)
		}
	}
	// A certificate of another authority is not ours, whatever it says.
	other := start(t, nil)
	config := rest.CopyConfig(other.config)
	config.Host, config.Insecure, config.CAData = e.URL(), true, nil
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := client.Get(e.URL() + "/api/v1/secrets"); err == nil {
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusUnauthorized {
			t.Errorf("the administrator of another engine: %d", resp.StatusCode)
		}
	}
}

func TestTheKubeconfigIsForItsOwnerAndOutlivesRestarts(t *testing.T) {
	root := t.TempDir()
	var kubeconfig string
	var first []byte
	t.Run("first engine", func(t *testing.T) {
		e := startIn(t, root, nil)
		kubeconfig = e.home.Kubeconfig()
		var err error
		if first, err = os.ReadFile(kubeconfig); err != nil {
			t.Fatal(err)
		}
	})
	e := startIn(t, root, nil)
	second, err := os.ReadFile(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		t.Errorf("the kubeconfig changed: %s", diff)
	}
	for _, path := range []string{kubeconfig, e.home.PKI() + "/ca.key", e.home.PKI() + "/server.key", e.home.PKI() + "/secrets.key"} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if out := e.must("", "config", "current-context"); out != "slipway\n" {
		t.Errorf("context %q", out)
	}
}

func TestATakenPortIsGivenUpForAnother(t *testing.T) {
	root := t.TempDir()
	var address string
	t.Run("first engine", func(t *testing.T) {
		address = strings.TrimPrefix(startIn(t, root, nil).URL(), "https://")
	})
	taken, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	e := startIn(t, root, nil)
	if e.URL() == "https://"+address {
		t.Fatalf("two listen on %s", address)
	}
	if out := e.must("", "get", "namespaces", "-o", "name"); !strings.Contains(out, "namespace/default") {
		t.Errorf("with the new kubeconfig: %s", out)
	}
}

func TestAFullStoreIsNotReadyAndSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Fatalf("a file system of 1 MB for the test: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	e := startIn(t, dir, nil)
	var err error
	for i := 0; err == nil && i < 100; i++ {
		_, err = e.client.CoreV1().ConfigMaps("default").Create(ctx, configMap(fmt.Sprint("c", i), "x", strings.Repeat("x", 100000)), metav1.CreateOptions{})
	}
	if !apierrors.IsInternalError(err) || !strings.Contains(err.Error(), "no space left on device") || !strings.Contains(err.Error(), "free some space there and try again") {
		t.Errorf("the write that did not fit: %v", err)
	}
	if resp, body := e.do("GET", "/readyz", ""); resp.StatusCode != http.StatusInternalServerError || !strings.Contains(body, "no space left on device") {
		t.Errorf("readyz: %d %s", resp.StatusCode, body)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	if _, err = e.client.CoreV1().ConfigMaps("default").Create(ctx, configMap("fits"), metav1.CreateOptions{}); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if resp, body := e.do("GET", "/readyz", ""); resp.StatusCode != http.StatusOK {
		t.Errorf("readyz: %d %s", resp.StatusCode, body)
	}
}

func TestWhatIsNotServedIsRefusedByName(t *testing.T) {
	e := start(t, nil)
	if _, err := e.client.CoreV1().Pods("default").Create(ctx, podNamed("p", nil), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path string
		code         int
		says         string
	}{
		{"GET", "/apis/apps/v1/daemonsets", 404, "the engine does not serve daemonsets.apps (apps/v1)"},
		{"GET", "/apis/apps/v1beta1/namespaces/x/deployments", 404, "the engine does not serve deployments.apps in version v1beta1; it serves apps/v1"},
		{"GET", "/apis/metrics.k8s.io/v1beta1/pods", 404, "the engine does not serve pods.metrics.k8s.io (metrics.k8s.io/v1beta1)"},
		{"GET", "/apis/metrics.k8s.io/v1beta1", 404, "the engine does not serve the group metrics.k8s.io/v1beta1"},
		{"GET", "/apis/example.com", 404, "the engine does not serve the group example.com"},
		{"POST", "/api/v1/namespaces/default/pods/p/attach", 404, `the engine does not serve pods/attach: use "logs -f"`},
		{"POST", "/api/v1/namespaces/default/pods/p/nonsense", 404, "the engine does not serve pods/nonsense"},
		{"GET", "/api/v1/namespaces/default/configmaps/x/status", 404, "the engine does not serve configmaps/status"},
		{"POST", "/api/v1/namespaces/default/pods/p/log", 405, `post is not supported on resources of kind "pods/log"`},
		{"PUT", "/api/v1/namespaces/default/pods", 405, `put is not supported on resources of kind "pods"`},
		{"GET", "/api/v1/namespaces/default/nodes", 404, "the engine does not serve nodes in a namespace"},
		{"GET", "/api/v1/pods/p", 404, "the engine does not serve pods without a namespace"},
		{"GET", "/logs/x", 404, "the engine does not serve the path /logs/x"},
		{"GET", "/openapi/v3/apis/example.com/v1", 404, "the engine does not serve the path /openapi/v3/apis/example.com/v1"},
		{"DELETE", "/api/v1/configmaps", 405, "deletecollection in all namespaces is not supported"},
		{"GET", "/api/v1/pods?continue=abc", 410, "list again from the start"},
	} {
		resp, body := e.do(c.method, c.path, "", "Accept", "application/json")
		var status metav1.Status
		if err := json.Unmarshal([]byte(body), &status); err != nil || status.Kind != "Status" {
			t.Errorf("%s %s: not a Status: %s", c.method, c.path, body)
		}
		if resp.StatusCode != c.code || !strings.Contains(status.Message, c.says) {
			t.Errorf("%s %s: %d %q", c.method, c.path, resp.StatusCode, status.Message)
		}
	}
}

func TestRepresentationsAreNegotiated(t *testing.T) {
	e := start(t, nil)
	if _, err := e.client.CoreV1().ConfigMaps("default").Create(ctx, configMap("a", "k", "v"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	const one, all = "/api/v1/namespaces/default/configmaps/a", "/api/v1/configmaps"
	for _, c := range []struct {
		name, path, accept string
		code               int
		contentType, has   string
	}{
		{"YAML", one, "application/yaml", 200, "application/yaml", "kind: ConfigMap"},
		{"protobuf", one, "application/vnd.kubernetes.protobuf", 200, "application/vnd.kubernetes.protobuf", "k8s\x00"},
		{"the first that will do", one, "text/html, application/yaml;q=0.9, */*", 200, "application/json", `"kind":"ConfigMap"`},
		{"nothing that will do", one, "text/html", 406, "application/json", "only the following media types are accepted"},
		{"a table", all, "application/json;as=Table;v=v1;g=meta.k8s.io", 200, "application/json", `"columnDefinitions"`},
		{"a table of one", one, "application/json;as=Table;v=v1;g=meta.k8s.io", 200, "application/json", `"cells":["a"`},
		{"a table that holds no objects", all + "?includeObject=None", "application/json;as=Table;v=v1;g=meta.k8s.io", 200, "application/json", `"object":null`},
		{"a table that holds objects", all + "?includeObject=Object", "application/json;as=Table;v=v1;g=meta.k8s.io", 200, "application/json", `"kind":"ConfigMap","apiVersion":"v1"`},
		{"a table of nonsense", all + "?includeObject=Some", "application/json;as=Table;v=v1;g=meta.k8s.io", 400, "application/json", "includeObject"},
		{"an old table, or plain", all, "application/json;as=Table;v=v1alpha1;g=meta.k8s.io, application/json", 200, "application/json", `"kind":"ConfigMapList"`},
		{"metadata", one, "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io", 200, "application/json", `"kind":"PartialObjectMetadata"`},
		{"metadata of a list", all, "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", 200, "application/json", `"kind":"PartialObjectMetadataList"`},
		{"a watch as YAML", all + "?watch=1", "application/yaml", 406, "application/yaml", "JSON or protobuf"},
		{"pretty", one + "?pretty=true", "application/json", 200, "application/json", "\n  \"kind\": \"ConfigMap\""},
	} {
		resp, body := e.do("GET", c.path, "", "Accept", c.accept)
		if resp.StatusCode != c.code || resp.Header.Get("Content-Type") != c.contentType || !strings.Contains(body, c.has) {
			t.Errorf("%s: %d %s %q", c.name, resp.StatusCode, resp.Header.Get("Content-Type"), body)
		}
	}
	resp, body := e.do("POST", "/api/v1/namespaces/default/configmaps", "a=b", "Content-Type", "application/x-www-form-urlencoded")
	if resp.StatusCode != http.StatusUnsupportedMediaType || !strings.Contains(body, "unknown format") {
		t.Errorf("a form: %d %s", resp.StatusCode, body)
	}
	resp, body = e.do("POST", "/api/v1/namespaces/default/configmaps", strings.Repeat("x", maxBody+1), "Content-Type", "application/json")
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("too much: %d %s", resp.StatusCode, body)
	}
	client, err := metadata.NewForConfig(e.config)
	if err != nil {
		t.Fatal(err)
	}
	meta, err := client.Resource(corev1.SchemeGroupVersion.WithResource("configmaps")).Namespace("default").List(ctx, metav1.ListOptions{})
	if err != nil || len(meta.Items) != 1 || meta.Items[0].Name != "a" {
		t.Errorf("the metadata client: %v, %v", meta, err)
	}
}

func TestDiscoveryIsTheSameInBothForms(t *testing.T) {
	e := start(t, nil)
	aggregated, err := discovery.NewDiscoveryClientForConfig(e.config)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := discovery.NewDiscoveryClientForConfig(e.config)
	if err != nil {
		t.Fatal(err)
	}
	plain.UseLegacyDiscovery = true
	read := func(c *discovery.DiscoveryClient) map[schema.GroupVersionResource]metav1.APIResource {
		_, lists, err := c.ServerGroupsAndResources()
		if err != nil {
			t.Fatal(err)
		}
		out := map[schema.GroupVersionResource]metav1.APIResource{}
		for _, l := range lists {
			gv, err := schema.ParseGroupVersion(l.GroupVersion)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range l.APIResources {
				key := gv.WithResource(r.Name)
				if r.Group == "" && r.Version == "" {
					r.Group, r.Version = gv.Group, gv.Version
				}
				if strings.Contains(r.Name, "/") {
					r.SingularName, r.Namespaced = "", true // the aggregated form leaves these to the parent
				}
				out[key] = r
			}
		}
		return out
	}
	a, b := read(aggregated), read(plain)
	for key, r := range b {
		if strings.Contains(key.Resource, "/") {
			r.Namespaced = true
			b[key] = r
		}
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Error(diff)
	}
	if r := a[corev1.SchemeGroupVersion.WithResource("pods/eviction")]; r.Kind != "Eviction" || r.Group != "policy" {
		t.Errorf("pods/eviction: %+v", r)
	}
}
