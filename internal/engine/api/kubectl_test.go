package api

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

const webManifest = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: web, image: "web:1", ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {colour: green}
`

// step is one command of a person at kubectl, with what they read.
type step struct {
	stdin string
	args  string
	says  []string // all of them
	fails bool
}

func (e *engine) walk(steps []step) {
	e.t.Helper()
	for _, s := range steps {
		out, err := e.kubectl(s.stdin, strings.Fields(s.args)...)
		if (err != nil) != s.fails {
			e.t.Errorf("kubectl %s: %v\n%s", s.args, err, out)
		}
		for _, text := range s.says {
			if !strings.Contains(out, text) {
				e.t.Errorf("kubectl %s does not say %q:\n%s", s.args, text, out)
			}
		}
	}
}

func TestKubectlAppliesAndShows(t *testing.T) {
	e := start(t, nil)
	changed := strings.Replace(webManifest, "green", "blue", 1)
	changed = strings.Replace(changed, "replicas: 2", "replicas: 3", 1)
	e.walk([]step{
		{"", "create namespace shop", []string{"namespace/shop created"}, false},
		{webManifest, "apply -f -", []string{"deployment.apps/web created", "configmap/settings created"}, false},
		{webManifest, "apply -f -", []string{"deployment.apps/web unchanged", "configmap/settings unchanged"}, false},
		{webManifest, "diff -f -", nil, false},
		{changed, "diff -f -", []string{"+  colour: blue", "-  colour: green", "+  replicas: 3"}, true},
		{changed, "apply -f -", []string{"deployment.apps/web configured", "configmap/settings configured"}, false},
		{changed, "apply --dry-run=server -f -", []string{"deployment.apps/web unchanged (server dry run)"}, false},
		{"", "get deployment,configmap -n shop -o wide", []string{"deployment.apps/web", "configmap/settings"}, false},
		{"", "get deployments -A --no-headers", []string{"shop", "web"}, false},
		{"", "get cm settings -n shop -o jsonpath={.data.colour}", []string{"blue"}, false},
		{"", "describe deployment web -n shop", []string{"Replicas:", "3 desired", "web:1", "Labels:", "app=web"}, false},
		{"", "scale deployment/web -n shop --replicas=5", []string{"deployment.apps/web scaled"}, false},
		{"", "scale deployment/web -n shop --replicas=6 --current-replicas=4", []string{"Expected replicas to be 4, was 5"}, true},
		{"", "rollout restart deployment/web -n shop", []string{"deployment.apps/web restarted"}, false},
		{"", "set image deployment/web web=web:2 -n shop", []string{"deployment.apps/web image updated"}, false},
		{"", "label deployment web tier=front -n shop", []string{"deployment.apps/web labeled"}, false},
		{"", "annotate cm settings a=b -n shop", []string{"configmap/settings annotated"}, false},
		{"", "patch deployment web -n shop --type=json -p [{\"op\":\"remove\",\"path\":\"/metadata/labels/tier\"}]", []string{"deployment.apps/web patched"}, false},
		{"", "get deployment web -n shop -o jsonpath={.metadata.labels}{.spec.replicas}{.spec.template.spec.containers[0].image}", []string{`{"app":"web"}5web:2`}, false},
		{"", "wait --for=condition=Available deployment/web -n shop --timeout=1s", []string{"timed out waiting for the condition"}, true},
		{"", "delete deployment/web configmap/settings -n shop", []string{`deployment.apps "web" deleted`, `configmap "settings" deleted`}, false},
		{"", "get deployment web -n shop", []string{`Error from server (NotFound): deployments.apps "web" not found`}, true},
		{"", "delete namespace default", []string{"forbidden: this namespace may not be deleted"}, true},
		{"", "auth whoami", []string{"the selfsubjectreviews API is not enabled"}, true},
	})
}

func TestKubectlAppliesOnTheServer(t *testing.T) {
	e := start(t, nil)
	other := strings.Replace(webManifest, "green", "blue", 1)
	e.walk([]step{
		{"", "create namespace shop", nil, false},
		{webManifest, "apply --server-side -f -", []string{"deployment.apps/web serverside-applied", "configmap/settings serverside-applied"}, false},
		{webManifest, "apply --server-side -f -", []string{"deployment.apps/web serverside-applied"}, false},
		{other, "apply --server-side --field-manager=other -f -", []string{`Apply failed with 1 conflict: conflict with "kubectl": .data.colour`, "--force-conflicts"}, true},
		{other, "apply --server-side --field-manager=other --force-conflicts -f -", []string{"configmap/settings serverside-applied"}, false},
		{"", "get cm settings -n shop -o jsonpath={.data.colour}", []string{"blue"}, false},
		{"", "get cm settings -n shop -o yaml --show-managed-fields", []string{"manager: other", "operation: Apply"}, false},
	})
}

func TestKubectlIsToldWhatIsWrong(t *testing.T) {
	e := start(t, nil)
	e.walk([]step{
		{"", "create namespace shop", nil, false},
		{strings.Replace(webManifest, "replicas:", "replcas:", 1), "apply -f -", []string{`unknown field "spec.replcas"`}, true},
		{strings.Replace(webManifest, "apps/v1", "apps/v1beta1", 1), "apply -f -", []string{`no matches for kind "Deployment" in version "apps/v1beta1"`}, true},
		{strings.Replace(webManifest, "Deployment", "DaemonSet", 1), "apply -f -", []string{`no matches for kind "DaemonSet" in version "apps/v1"`}, true},
		{strings.ReplaceAll(webManifest, "shop", "nowhere"), "apply -f -", []string{`namespaces "nowhere" not found`}, true},
		{strings.Replace(webManifest, "matchLabels: {app: web}", "matchLabels: {app: api}", 1), "apply -f -", []string{"spec.template.metadata.labels", "selector"}, true},
		{"", "get daemonsets", []string{`the server doesn't have a resource type "daemonsets"`}, true},
	})
}

func TestKubectlExplainsAndEdits(t *testing.T) {
	e := start(t, nil)
	e.walk([]step{
		{"", "explain deployment.spec.replicas", []string{"replicas <integer>", "Number of desired pods"}, false},
		{"", "explain pods.spec.containers", []string{"FIELDS:", "image", "-required-"}, false},
		{"", "explain networkpolicy.spec --recursive", []string{"podSelector", "matchLabels"}, false},
		{"", "create configmap settings --from-literal=colour=green", nil, false},
	})
	editor := filepath.Join(t.TempDir(), "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\nsed -i s/green/blue/ \"$1\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("kubectl", "edit", "configmap", "settings")
	cmd.Env = append(cmd.Environ(), "KUBECONFIG="+e.home.Kubeconfig(), "HOME="+e.home.Root, "KUBE_EDITOR="+editor)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "configmap/settings edited") {
		t.Errorf("edit: %v %s", err, out)
	}
	if out := e.must("", "get", "cm", "settings", "-o", "jsonpath={.data.colour}"); out != "blue" {
		t.Errorf("edited: %s", out)
	}
}

func TestKubectlFollowsARollout(t *testing.T) {
	e := start(t, nil)
	e.must("", "create", "namespace", "shop")
	e.must(webManifest, "apply", "-f", "-")
	done := make(chan string)
	go func() {
		out, _ := e.kubectl("", "rollout", "status", "deployment/web", "-n", "shop", "--timeout=30s")
		done <- out
	}()
	for ready := range int32(3) {
		_, err := store.ModifyStatus(e.store, "shop", "web", func(d *appsv1.Deployment) error {
			d.Status = appsv1.DeploymentStatus{ObservedGeneration: d.Generation, Replicas: 2, UpdatedReplicas: 2, ReadyReplicas: ready, AvailableReplicas: ready}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if out := <-done; !strings.Contains(out, `deployment "web" successfully rolled out`) {
		t.Errorf("%s", out)
	}
}
