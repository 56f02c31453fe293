package gateway

import (
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

const (
	prefix = networkingv1.PathTypePrefix
	exact  = networkingv1.PathTypeExact
	loose  = networkingv1.PathTypeImplementationSpecific
)

func TestRequestsGoWhereKubernetesSays(t *testing.T) {
	w := start(t, nil)
	names := []string{"root", "api", "v1", "health", "shop", "wild", "fallback", "old"}
	for _, n := range names {
		create(t, w.store, service(n))
		back(t, w, n, startPod(t, n, say(n)))
	}
	create(t, w.store, ingress("one", "", nil,
		at("/", prefix, "root"), at("/api/", prefix, "api"), at("/api/v1", loose, "v1"), at("/api/v1", exact, "health")))
	create(t, w.store, ingress("two", "Shop.example", nil, at("/buy", prefix, "shop")))
	create(t, w.store, ingress("three", "*.example", nil, at("/buy", prefix, "wild")))
	eventually(t, "all routes are there", func() bool { return len(w.gateway.table.Load().pools) == 6 })
	for _, c := range []struct{ host, path, want string }{
		{"x", "/", "root"}, {"x", "/apis", "root"}, {"x", "/api", "api"}, {"x", "/api/", "api"}, {"x", "/api/v2", "api"},
		{"x", "/api/v1", "health"}, {"x", "/api/v1/", "v1"}, {"x", "/api/v1/users", "v1"}, {"x", "/API", "root"},
		{"x", "/api/../secret", "root"}, {"x", "/a/../api/v1", "health"},
		{"shop.example", "/buy/x", "shop"}, {"SHOP.example:8080", "/buy", "shop"}, {"shop.example.", "/buy", "shop"},
		{"other.example", "/buy", "wild"}, {"a.b.example", "/buy", "root"}, {"example", "/buy", "root"}, {"shop.example", "/api", "api"},
	} {
		code, body := w.get("/", host(c.host), func(r *http.Request) { r.URL.Path = c.path })
		if code != 200 || !strings.HasPrefix(body, c.want+" ") {
			t.Errorf("%s%s: %d %q, want %s", c.host, c.path, code, body, c.want)
		}
	}
}

func TestAPathWithoutARouteIsNotFoundAndADefaultBackendTakesIt(t *testing.T) {
	w := start(t, nil)
	create(t, w.store, service("api"))
	back(t, w, "api", startPod(t, "api", say("api")))
	create(t, w.store, ingress("api", "shop.example", nil, at("/api", prefix, "api")))
	eventually(t, "the route is there", func() bool { return len(w.gateway.table.Load().pools) == 1 })
	if code, body := w.get("/other", host("shop.example")); code != 404 || !strings.Contains(body, "shop.example/other") {
		t.Errorf("%d %q", code, body)
	}
	create(t, w.store, service("rest"))
	back(t, w, "rest", startPod(t, "rest", say("rest")))
	d := ingress("default", "", nil)
	b := backend("rest")
	d.Spec.Rules, d.Spec.DefaultBackend = nil, &b
	create(t, w.store, d)
	eventually(t, "the default is there", func() bool { return w.gateway.table.Load().fallback != nil })
	if code, body := w.get("/other", host("shop.example")); code != 200 || body != "rest /other" {
		t.Errorf("%d %q", code, body)
	}
}

func TestOnlyIngressesOfItsClassAreServed(t *testing.T) {
	w := start(t, nil)
	create(t, w.store, service("api"))
	back(t, w, "api", startPod(t, "api", say("api")))
	class := func(name, class, legacy string) {
		ing := ingress(name, name+".example", nil, at("/", prefix, "api"))
		if class != "" {
			ing.Spec.IngressClassName = &class
		}
		if legacy != "" {
			ing.Annotations = map[string]string{legacyClass: legacy}
		}
		create(t, w.store, ing)
	}
	c := &networkingv1.IngressClass{Spec: networkingv1.IngressClassSpec{Controller: controller}}
	c.Name = "front"
	create(t, w.store, c)
	class("none", "", "")
	class("ours", "slipway", "")
	class("byclass", "front", "")
	class("legacy", "", "slipway")
	class("theirs", "nginx", "")
	class("theirlegacy", "", "traefik")
	eventually(t, "all are seen", func() bool { return len(w.gateway.table.Load().exact) == 4 })
	for name, want := range map[string]int{"none": 200, "ours": 200, "byclass": 200, "legacy": 200, "theirs": 404, "theirlegacy": 404} {
		if code, _ := w.get("/", host(name+".example")); code != want {
			t.Errorf("%s: %d, want %d", name, code, want)
		}
	}
}

func TestABackendMayNameItsPort(t *testing.T) {
	w := start(t, nil)
	create(t, w.store, service("api", corev1.ServicePort{Name: "web", Port: 80}, corev1.ServicePort{Name: "admin", Port: 81}))
	web, admin := startPod(t, "web", say("web")), startPod(t, "admin", say("admin"))
	create(t, w.store, web.slice("api", "web"))
	create(t, w.store, admin.slice("api", "admin"))
	byName := at("/admin", prefix, "api")
	byName.Backend.Service.Port = networkingv1.ServiceBackendPort{Name: "admin"}
	create(t, w.store, ingress("api", "", nil, at("/", prefix, "api"), byName))
	eventually(t, "both are there", func() bool { return len(w.gateway.table.Load().pools) == 2 })
	if _, body := w.get("/x"); body != "web /x" {
		t.Error(body)
	}
	if _, body := w.get("/admin"); body != "admin /admin" {
		t.Error(body)
	}
}

func TestWhatCannotBeServedIsSaidInEvents(t *testing.T) {
	w := start(t, nil)
	create(t, w.store, service("api"))
	back(t, w, "api", startPod(t, "api", say("api")))
	create(t, w.store, ingress("first", "a.example", nil, at("/", prefix, "api")))
	bad := ingress("second", "a.example", map[string]string{
		"slipway.dev/speed": "11", RedirectHTTPS: "true", RequestHeaders: "[]", Sticky: "a b", "slipway.dev/config-hash": "x"},
		at("/", prefix, "api"), at("/none", prefix, "none"))
	bad.Spec.TLS = []networkingv1.IngressTLS{{Hosts: []string{"a.example"}}}
	noPort := at("/port", prefix, "api")
	noPort.Backend.Service.Port.Number = 99
	bad.Spec.Rules[0].HTTP.Paths = append(bad.Spec.Rules[0].HTTP.Paths, noPort)
	create(t, w.store, bad)
	for _, want := range []string{
		"UnknownAnnotation: annotation slipway.dev/speed", "NoHTTPS", "BadAnnotation: annotation slipway.dev/request-headers", "cannot be the name of a cookie",
		"NoTLS", "there is no Service shop/none", "Service shop/api has no port 99", "Conflict: a.example/ is served by the older Ingress shop/first",
	} {
		eventually(t, "an Event says "+want, func() bool { return strings.Contains(w.events(), want) })
	}
	if strings.Contains(w.events(), "config-hash") {
		t.Error("an annotation of another room is reported")
	}
	if code, body := w.get("/none", host("a.example")); code != 503 || !strings.Contains(body, "there is no Service shop/none") {
		t.Errorf("%d %q", code, body)
	}
}

func TestAnIngressSaysWhereItIsServed(t *testing.T) {
	w := start(t, nil)
	simple(t, w, nil, startPod(t, "a", say("a")))
	status := func() []networkingv1.IngressLoadBalancerIngress {
		ing, err := store.Get[*networkingv1.Ingress](w.store, "shop", "api")
		if err != nil {
			t.Fatal(err)
		}
		return ing.Status.LoadBalancer.Ingress
	}
	eventually(t, "the address is in the status", func() bool {
		return len(status()) == 1 && status()[0].IP == "127.0.0.1" && int(status()[0].Ports[0].Port) == w.gateway.port()
	})
	other := "nginx"
	if _, err := store.Modify(w.store, "shop", "api", func(i *networkingv1.Ingress) error { i.Spec.IngressClassName = &other; return nil }); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is taken out again", func() bool { return len(status()) == 0 })
}

func TestTheFirstFreePortIsTaken(t *testing.T) {
	first := start(t, nil)
	taken := first.gateway.port()
	second := start(t, func(o *Options) { o.Ports = []int{taken, 0} })
	if second.gateway.port() == taken || !strings.HasPrefix(second.url, "http://127.0.0.1:") {
		t.Error(second.url)
	}
	if _, err := New(Options{Store: first.store, Bind: "127.0.0.1", Ports: []int{taken}}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("got %v", err)
	}
}
