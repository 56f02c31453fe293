package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/test/harness"
)

// Server is a real API server that is asked what it would say.
type Server struct {
	t        *testing.T
	target   *harness.Target
	client   *http.Client
	resource map[schema.GroupVersionKind]metav1.APIResource

	mu     sync.Mutex
	spaces map[string]bool // namespaces that are there
}

// newServer starts a real Kubernetes.
func newServer(t *testing.T) *Server {
	t.Helper()
	tg := harness.Kubernetes(t)
	client, err := rest.HTTPClientFor(tg.Config)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{t: t, target: tg, client: client, resource: map[schema.GroupVersionKind]metav1.APIResource{}, spaces: map[string]bool{}}
	_, lists, err := tg.Client.Discovery().ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lists {
		gv, err := schema.ParseGroupVersion(l.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range l.APIResources {
			if !strings.Contains(r.Name, "/") {
				s.resource[gv.WithKind(r.Kind)] = r
			}
		}
	}
	return s
}

// Judge sends a document as it was written, to be created but for a dry run, and tells what is said of it. A namespace
// that it names is made first: whether it is there is no matter of the document.
func (s *Server) Judge(text []byte) (refused bool, message string) {
	var head struct {
		APIVersion any `json:"apiVersion"`
		Kind       any `json:"kind"`
		Metadata   any `json:"metadata"`
	}
	if err := yaml.Unmarshal(text, &head); err != nil {
		return true, err.Error()
	}
	if m, ok := head.Metadata.(map[string]any); !ok || m["name"] == nil && m["generateName"] == nil {
		return true, "a client does not send what has no name"
	}
	version, _ := head.APIVersion.(string)
	kind, _ := head.Kind.(string)
	gvk := schema.FromAPIVersionAndKind(version, kind)
	r, ok := s.resource[gvk]
	if !ok {
		return true, fmt.Sprintf("no matches for kind %q in version %q", kind, version)
	}
	path := "/api/" + version
	if gvk.Group != "" {
		path = "/apis/" + version
	}
	if r.Namespaced {
		namespace := metav1.NamespaceDefault
		if m, ok := head.Metadata.(map[string]any); ok {
			if n, ok := m["namespace"].(string); ok && n != "" {
				namespace = n
			}
		}
		if err := s.space(namespace); err != nil {
			return true, err.Error()
		}
		path += "/namespaces/" + namespace
	}
	return s.send(path+"/"+r.Name+"?dryRun=All&fieldValidation=Strict", text)
}

func (s *Server) send(path string, text []byte) (refused bool, message string) {
	res, err := s.client.Post(strings.TrimSuffix(s.target.Config.Host, "/")+path, "application/yaml", bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if res.StatusCode < http.StatusBadRequest {
		return false, ""
	}
	var status metav1.Status
	if err := json.Unmarshal(body, &status); err != nil {
		var asYAML metav1.Status
		if yaml.Unmarshal(body, &asYAML) == nil {
			status = asYAML
		}
	}
	if status.Reason == metav1.StatusReasonAlreadyExists { // it would be changed into this one
		return false, status.Message
	}
	if status.Message == "" {
		status.Message = string(body)
	}
	return true, status.Message
}

// space makes a namespace, and waits for the account that pods in it run as.
func (s *Server) space(name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spaces[name] {
		return nil
	}
	ctx := s.t.Context()
	_, err := s.target.Client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err = s.target.Client.CoreV1().ServiceAccounts(name).Get(ctx, "default", metav1.GetOptions{}); err == nil {
			s.spaces[name] = true
			return nil
		}
	}
	return errors.Join(errors.New("namespace "+name+" gets no default account"), err)
}

// elsewhere are words of refusals that are due to what else the server holds, or cannot reach.
var elsewhere = []string{
	"error looking up service account", "no PriorityClass with name", "RuntimeClass \"", "is being terminated",
	"provided port is already allocated", "provided IP is already allocated", "not configured on this cluster",
	"is not in the valid range", "priority admission controller computed",
}

// ofOthers tells a refusal that is no matter of the document alone.
func ofOthers(message string) bool {
	for _, w := range elsewhere {
		if strings.Contains(message, w) {
			return true
		}
	}
	return false
}
