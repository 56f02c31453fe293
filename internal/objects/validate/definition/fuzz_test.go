package definition

import (
	"os"
	"path/filepath"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// Any definition that can be decoded may be sent to a server.
func FuzzNoDefinitionPanics(f *testing.F) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("spec: {versions: [{schema: {openAPIV3Schema: {properties: {a: {items: [{}], default: {b: 1}}}}}}]}"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		var d apiextensionsv1.CustomResourceDefinition
		if yaml.Unmarshal(text, &d) == nil {
			Set(&d)
			Create(&d)
		}
	})
}
