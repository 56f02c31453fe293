package contract

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/exec"
	"sigs.k8s.io/yaml"

	"github.com/slipway-sh/slipway/internal/engine/control/scenario"
	"github.com/slipway-sh/slipway/test/harness"
)

// runStreams reads logs and runs commands in a pod, over both protocols that clients speak.
func runStreams(t *testing.T, tg *harness.Target) {
	c := newCluster(t, tg)
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: c.namespace}, Spec: c.Template(scenario.Serves).Spec}
	scenario.Must(t, c.Create(t.Context(), p))
	scenario.Eventually(t, "the pod", func() error {
		scenario.Must(t, c.Get(t.Context(), p))
		if p.Status.Phase != corev1.PodRunning {
			return fmt.Errorf("%+v", p.Status)
		}
		return nil
	})
	pods := tg.Client.CoreV1().Pods(c.namespace)
	logs := func(o corev1.PodLogOptions) string {
		text, err := pods.GetLogs("p", &o).DoRaw(t.Context())
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	scenario.Eventually(t, "both lines", func() error {
		if text := logs(corev1.PodLogOptions{}); text != "at sea\nby the wind\n" {
			return fmt.Errorf("%q", text)
		}
		return nil
	})
	one, seven := int64(1), int64(7)
	for _, tc := range []struct {
		name, want string
		options    corev1.PodLogOptions
	}{
		{"the last line", "by the wind\n", corev1.PodLogOptions{TailLines: &one}},
		{"the first bytes", "at sea\n", corev1.PodLogOptions{LimitBytes: &seven}},
	} {
		if got := logs(tc.options); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
	if text := logs(corev1.PodLogOptions{Timestamps: true}); strings.Count(text, "Z at sea\n") != 1 || strings.Count(text, "\n") != 2 {
		t.Errorf("with timestamps: %q", text)
	}
	type param struct{ name, value string }
	for query, want := range map[param]string{
		{"previous", "true"}:    `previous terminated container "main" in pod "p" not found`,
		{"container", "nobody"}: "container nobody is not valid for pod p",
		{"tailLines", "-1"}:     `PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0`,
	} {
		req := tg.Client.CoreV1().RESTClient().Get().AbsPath("/api/v1/namespaces/"+c.namespace+"/pods/p/log").Param(query.name, query.value)
		text, _ := req.DoRaw(t.Context())
		var status metav1.Status
		scenario.Must(t, yaml.Unmarshal(text, &status))
		if !strings.HasPrefix(status.Message, want) {
			t.Errorf("logs with %v: %q, want %q", query, status.Message, want)
		}
	}
	for _, protocol := range []string{"websocket", "SPDY"} {
		t.Run(protocol, func(t *testing.T) {
			for _, tc := range []struct {
				command []string
				code    int
			}{{[]string{"/behaviour", "succeeds"}, 0}, {[]string{"/behaviour", "fails"}, 1}} {
				err := c.exec(t, protocol, tc.command)
				var exit exec.CodeExitError
				if code := 0; errors.As(err, &exit) {
					if code = exit.Code; code != tc.code {
						t.Errorf("%v: exit code %d", tc.command, code)
					}
				} else if err != nil || tc.code != 0 {
					t.Errorf("%v: %v", tc.command, err)
				}
			}
			if err := c.exec(t, protocol, []string{"/nothing"}); err == nil {
				t.Error("a program that is not there ends well")
			}
		})
	}
}

func (c *cluster) exec(t *testing.T, protocol string, command []string) error {
	t.Helper()
	req := c.Client.CoreV1().RESTClient().Post().Namespace(c.namespace).Resource("pods").Name("p").SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Command: command, Stdout: true, Stderr: true}, scheme.ParameterCodec)
	open := map[string]func(u *url.URL) (remotecommand.Executor, error){
		"websocket": func(u *url.URL) (remotecommand.Executor, error) {
			return remotecommand.NewWebSocketExecutor(c.Config, "GET", u.String())
		},
		"SPDY": func(u *url.URL) (remotecommand.Executor, error) {
			return remotecommand.NewSPDYExecutor(c.Config, "POST", u)
		},
	}
	e, err := open[protocol](req.URL())
	if err != nil {
		t.Fatal(err)
	}
	return e.StreamWithContext(t.Context(), remotecommand.StreamOptions{Stdout: io.Discard, Stderr: io.Discard})
}
