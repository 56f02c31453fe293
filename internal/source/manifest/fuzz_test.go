package manifest

import (
	"testing"

	"github.com/slipway-sh/slipway/internal/audit"
)

// No text makes the reader or a rule panic, hang, or eat memory without bound.
func FuzzAnyTextIsReadAndJudged(f *testing.F) {
	for _, seed := range []string{
		"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: b}]}\n",
		"apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: a}\nspec: {rules: [{host: a, http: {paths: [{path: /*, backend: {serviceName: a, servicePort: 80}}]}}]}\n",
		"a: &a [*a]\n", "a: &a {b: 1}\nc: {<<: [*a, {d: 2}]}\n", "- a\n- b\n", "{{ x }}\n", "\xff\xfe", "---\n---\n...\n", "apiVersion: v1\nkind: List\nitems: [1, {apiVersion: v1, kind: Service}]\n",
		"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}, ingress: [{from: [{}]}], egress: [null]}\n",
		"apiVersion: autoscaling/v1\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {scaleTargetRef: null, maxReplicas: x}\n",
		"apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: a}\nspec: {volumeClaimTemplates: [null, {}], template: {spec: {volumes: [{}], containers: [null]}}}\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, text []byte) {
		r := Read([]Text{{File: "a.yaml", Data: text, Named: true}})
		audit.Run(r.Assemble(Options{Name: "a"}), nil)
	})
}
