package e2e

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestShop is the life of an application, on the engine and on a real Kubernetes, in the order in which its owner
// lives it: each scenario goes on from where the one before left the shop.
func TestShop(t *testing.T) {
	each(t, func(t *testing.T, tg *target) {
		s := newShop(t, tg)
		for _, scenario := range []struct {
			name string
			run  func(*testing.T)
		}{
			{"order: the database, then the migration once, then the API", s.order},
			{"up again changes nothing", s.unchanged},
			{"use: log in, add an item, upload a file", s.use},
			{"isolation: the page does not reach the database", s.isolation},
			{"scale: any of three replicas knows the session and the file", s.scale},
			{"self-healing: every container comes back", s.heal},
			{"configuration: a changed value rolls exactly its users", s.configure},
			{"update: a new version with a new migration loses no request", s.update},
			{"a failing migration leaves the old version serving", s.failMigration},
			{"persistence: down and up keep the data, down --volumes does not", s.persist},
		} {
			if !t.Run(scenario.name, scenario.run) {
				t.Log(s.Try("events", "-f", s.file()))
				t.FailNow()
			}
		}
	})
}

func (s *shop) order(t *testing.T) {
	s.up(t)
	db, api := s.pods(t, "db"), s.pods(t, "api")
	if len(db) != 1 || len(api) != 2 {
		t.Fatalf("%d database and %d API pods", len(db), len(api))
	}
	job := s.job(t)
	if job.Status.Succeeded != 1 || job.Status.Failed != 0 {
		t.Errorf("migration: %d succeeded, %d failed", job.Status.Succeeded, job.Status.Failed)
	}
	ready := condition(&db[0], corev1.PodReady).LastTransitionTime
	if job.CreationTimestamp.Before(&ready) {
		t.Errorf("the migration began at %s, before the database was ready at %s", job.CreationTimestamp, ready)
	}
	for _, p := range api {
		if p.CreationTimestamp.Before(job.Status.CompletionTime) {
			t.Errorf("pod %s was made at %s, before the migration ended at %s", p.Name, p.CreationTimestamp, job.Status.CompletionTime)
		}
	}
	eventually(t, "the page", func() error { return s.page(t) })
}

// job is the newest migration.
func (s *shop) job(t *testing.T) *batchv1.Job {
	t.Helper()
	list, err := s.Client.BatchV1().Jobs("shop").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != 1 {
		t.Fatalf("%d Jobs, one expected", len(list.Items))
	}
	return &list.Items[0]
}

func condition(p *corev1.Pod, kind corev1.PodConditionType) corev1.PodCondition {
	for _, c := range p.Status.Conditions {
		if c.Type == kind {
			return c
		}
	}
	return corev1.PodCondition{}
}

func (s *shop) unchanged(t *testing.T) {
	before := s.versions(t)
	out := s.up(t)
	if !strings.Contains(out, "unchanged") {
		t.Error("up does not say that nothing changed")
	}
	for name, v := range s.versions(t) {
		if before[name] != v {
			t.Errorf("%s was written to: %s, then %s", name, before[name], v)
		}
	}
}

// versions are the generations of everything that up writes.
func (s *shop) versions(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	deployments, err := s.Client.AppsV1().Deployments("shop").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range deployments.Items {
		out["deployment "+d.Name] = fmt.Sprint(d.Generation)
	}
	maps, err := s.Client.CoreV1().ConfigMaps("shop").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range maps.Items {
		out["configmap "+m.Name] = m.ResourceVersion
	}
	services, err := s.Client.CoreV1().Services("shop").List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range services.Items {
		out["service "+m.Name] = m.ResourceVersion
	}
	return out
}

// isolation opens connections from inside the pods' networks. The CNI plugin of the real Kubernetes here enforces no
// policy, so that there the policies are only read.
func (s *shop) isolation(t *testing.T) {
	db := s.pods(t, "db")[0]
	connect := func(program string, from corev1.Pod) error {
		dial := fmt.Sprintf("exec 3<>/dev/tcp/%s/3306", db.Status.PodIP)
		return exec.Command("nsenter", "-t", strconv.Itoa(pid(t, &from, program)), "-n", "timeout", "2", "bash", "-c", dial).Run()
	}
	if err := connect("api", s.pods(t, "api")[0]); err != nil {
		t.Errorf("the API does not reach the database: %v", err)
	}
	policies, err := s.Client.NetworkingV1().NetworkPolicies("shop").List(t.Context(), metav1.ListOptions{})
	if err != nil || len(policies.Items) < 2 {
		t.Errorf("%d policies, %v", len(policies.Items), err)
	}
	if s.Root == "" {
		return
	}
	if err := connect("web", s.pods(t, "web")[0]); err == nil {
		t.Error("the page reaches the database")
	}
	s.outside(t, db.Status.PodIP)
}

// outside is another machine on a network of this one: it reaches the gateway, and no database.
func (s *shop) outside(t *testing.T, database string) {
	t.Helper()
	ip := func(args ...string) {
		t.Helper()
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	ns := fmt.Sprintf("outside%d", os.Getpid())
	ip("netns", "add", ns)
	t.Cleanup(func() { ip("netns", "del", ns) })
	near, far := fmt.Sprintf("out%da", os.Getpid()), fmt.Sprintf("out%db", os.Getpid())
	ip("link", "add", near, "type", "veth", "peer", "name", far, "netns", ns)
	ip("addr", "add", "198.51.100.1/30", "dev", near)
	ip("link", "set", near, "up")
	ip("-n", ns, "addr", "add", "198.51.100.2/30", "dev", far)
	ip("-n", ns, "link", "set", far, "up")
	ip("-n", ns, "route", "add", "default", "via", "198.51.100.1")
	dial := func(host, port string) error {
		return exec.Command("ip", "netns", "exec", ns, "timeout", "2", "bash", "-c", fmt.Sprintf("exec 3<>/dev/tcp/%s/%s", host, port)).Run()
	}
	gateway, err := url.Parse(s.url(t, "web", "/"))
	if err != nil {
		t.Fatal(err)
	}
	port := gateway.Port()
	if port == "" {
		port = "80"
	}
	if err := dial("198.51.100.1", port); err != nil {
		t.Errorf("another machine does not reach the gateway: %v", err)
	}
	service, err := url.Parse(s.serviceURL(t, "db", "/"))
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{database, service.Hostname(), "198.51.100.1"} {
		if dial(host, "3306") == nil {
			t.Errorf("another machine reaches the database at %s", host)
		}
	}
}

func (s *shop) scale(t *testing.T) {
	s.Slipway(t, "scale", "-f", s.file(), "api=3")
	seen := map[string]bool{}
	eventually(t, "three replicas answer", func() error {
		pod, err := s.look(t)
		if err != nil {
			t.Fatal(err)
		}
		if seen[pod] = true; len(seen) < 3 {
			return fmt.Errorf("only %v answered", seen)
		}
		return nil
	})
}

func (s *shop) heal(t *testing.T) {
	for _, c := range []struct{ service, program string }{{"web", "web"}, {"api", "api"}, {"db", "mariadbd"}} {
		victim := s.pods(t, c.service)[0]
		restarts := victim.Status.ContainerStatuses[0].RestartCount
		if err := syscall.Kill(pid(t, &victim, c.program), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, c.service+" is ready again", func() error {
			p, err := s.Client.CoreV1().Pods("shop").Get(t.Context(), victim.Name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			st := p.Status.ContainerStatuses[0]
			if st.RestartCount != restarts+1 || !st.Ready {
				return fmt.Errorf("restarts %d, ready %v", st.RestartCount, st.Ready)
			}
			if last := st.LastTerminationState.Terminated; last == nil || last.ExitCode != 137 {
				return fmt.Errorf("last state %+v", st.LastTerminationState)
			}
			return nil
		})
		s.stillThere(t)
		eventually(t, "the page", func() error { return s.page(t) })
	}
}

func (s *shop) configure(t *testing.T) {
	api, web, db := uids(s.pods(t, "api")), uids(s.pods(t, "web")), uids(s.pods(t, "db"))
	job := s.job(t).UID
	s.edit(t, "compose.yaml", "API_URL: /api/v1", "API_URL: /api/v1/")
	s.up(t)
	if now := uids(s.pods(t, "web")); overlap(now, web) {
		t.Errorf("web still runs old pods: %v", now)
	}
	if !same(uids(s.pods(t, "api")), api) || !same(uids(s.pods(t, "db")), db) || s.job(t).UID != job {
		t.Error("a change of web's environment touched others")
	}
	s.edit(t, "compose.yaml", "API_URL: /api/v1/", "API_URL: /api/v1")
	s.up(t)
}

func uids(pods []corev1.Pod) map[string]bool {
	out := map[string]bool{}
	for _, p := range pods {
		out[string(p.UID)] = true
	}
	return out
}

func overlap(a, b map[string]bool) bool {
	for k := range a {
		if b[k] {
			return true
		}
	}
	return false
}

func same(a, b map[string]bool) bool {
	for k := range a {
		if !b[k] {
			return false
		}
	}
	return len(a) == len(b)
}
