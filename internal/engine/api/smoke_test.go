package api

import "testing"

func TestSmoke(t *testing.T) {
	e := start(t, nil)
	for _, args := range [][]string{
		{"version"}, {"api-resources"}, {"get", "ns"}, {"create", "ns", "shop"}, {"get", "sa", "-A"},
		{"create", "cm", "-n", "shop", "a", "--from-literal=x=y"}, {"get", "cm", "-n", "shop", "a", "-o", "yaml", "--show-managed-fields"},
		{"create", "deployment", "-n", "shop", "web", "--image=nginx"}, {"get", "deploy", "-n", "shop", "web", "-o", "yaml"},
		{"scale", "-n", "shop", "deploy/web", "--replicas=3"}, {"get", "all", "-A"},
		{"patch", "-n", "shop", "deploy/web", "-p", `{"metadata":{"labels":{"a":"b"}}}`},
		{"describe", "-n", "shop", "deploy/web"},
		{"delete", "-n", "shop", "deploy/web"}, {"get", "jobs", "-A", "-v6"}, {"get", "nonsense"},
		{"get", "--raw", "/apis/foo/v1/bars"},
	} {
		out, err := e.kubectl("", args...)
		t.Logf("kubectl %v: %v\n%s", args, err, out)
	}
	out, err := e.kubectl("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: shop}\ndata: {a: b}\n", "apply", "--server-side", "-f", "-")
	t.Log(out, err)
	out, err = e.kubectl("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: shop}\ndata: {a: c}\n", "apply", "--server-side", "-f", "-", "--field-manager=x")
	t.Log(out, err)
}
