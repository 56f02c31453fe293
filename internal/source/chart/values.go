package chart

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/kubernetes/scheme"
)

const maxValues = 16 << 20 // bytes of a file of values

// valuesFile is a file of values as written.
type valuesFile struct {
	path string
	text []byte
}

func (r *render) addValues(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("%s: cannot be read: %w; name a file of values", path, errors.Unwrap(err))
	}
	if !info.Mode().IsRegular() || info.Size() > maxValues {
		return fmt.Errorf("%s: is no ordinary file of at most %d MiB; name a file of values", path, maxValues>>20)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s: cannot be read: %w", path, errors.Unwrap(err))
	}
	values, err := loader.LoadValues(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: is no file of values: %w; it must be a YAML mapping", path, err)
	}
	r.values = loader.MergeMaps(r.values, values)
	r.valueFiles = append(r.valueFiles, valuesFile{path, text})
	return nil
}

// capabilities are what a cluster of that version says of itself: the stable versions of the API with their kinds.
// Helm's own list has all versions that ever were, for which charts then render what no cluster has any more.
func capabilities(kubeVersion string) (*common.Capabilities, error) {
	v, err := common.ParseKubeVersion(kubeVersion)
	if err != nil {
		return nil, err
	}
	caps := common.DefaultCapabilities.Copy()
	caps.KubeVersion = *v
	caps.APIVersions = nil
	for _, gv := range scheme.Scheme.PrioritizedVersionsAllGroups() {
		if !stable(gv) {
			continue
		}
		caps.APIVersions = append(caps.APIVersions, gv.String())
		for kind := range scheme.Scheme.KnownTypes(gv) {
			caps.APIVersions = append(caps.APIVersions, gv.String()+"/"+kind)
		}
	}
	return caps, nil
}

func stable(gv schema.GroupVersion) bool {
	return gv.Version != "" && version.CompareKubeAwareVersionStrings(gv.Version, "v1beta999") > 0
}
