package engine

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/slipway-sh/slipway/internal/engine/api/store"
)

func TestTheNodeKeepsItsNameWhateverTheMachineIsCalled(t *testing.T) {
	s := store.New()
	for host, want := range map[string]string{"Box.example": "box.example", "my_box": "my-box", "(none)": "none", "__": "localhost"} {
		if got := nodeName(s, host); got != want {
			t.Errorf("%q: %q, not %q", host, got, want)
		}
	}
	for name, runtime := range map[string]string{"box": "slipway://libcontainer", "another": "containerd://2.1"} {
		n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
		n.Status.NodeInfo.ContainerRuntimeVersion = runtime
		if _, err := store.Create(s, n); err != nil {
			t.Fatal(err)
		}
	}
	for _, host := range []string{"box", "renamed"} {
		if got := nodeName(s, host); got != "box" {
			t.Errorf("%s: %q", host, got)
		}
	}
}
