package terraform

import (
	"os"
	"path/filepath"
	"testing"
)

// The published deployments lie beside the repository where they are at hand; they are no part of it.
func TestPublishedFilesShowTheirFaults(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "..", "shared", "seeds", "wescale")
	names, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	if err != nil || len(names) == 0 {
		t.Skip("the published deployments are not at hand")
	}
	files := map[string][]byte{}
	for _, name := range names {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	count := map[string]int{}
	for _, p := range ReadAll(files) {
		count[p.Rule]++
		t.Log(p.Rule, filepath.Base(p.Origin.File), p.Origin.Line, p.Object, p.Text)
	}
	for rule, n := range map[string]int{
		"terraform-not-hcl": 1, "terraform-credentials-file": 1, "terraform-key-file-default": 1, "terraform-one-node": 1,
		"terraform-zonal-cluster": 1, "terraform-removed-argument": 1, "terraform-old-syntax": 2, "terraform-version-unpinned": 1,
		"terraform-provider-unpinned": 1, "terraform-local-state": 1, "terraform-undeclared": 2, "terraform-disk-not-protected": 1,
		"terraform-disk-without-snapshots": 1, "terraform-slow-disk": 1, "terraform-number-as-string": 1,
		"terraform-hard-coded-zone": 1, "terraform-public-endpoint": 1, "terraform-public-nodes": 1,
		"terraform-network-policy-not-enforced": 1, "terraform-default-node-pool": 1, "terraform-default-service-account": 1,
	} {
		if count[rule] != n {
			t.Errorf("%s was found %d times, not %d", rule, count[rule], n)
		}
		delete(count, rule)
	}
	if len(count) > 0 {
		t.Error("also found:", count)
	}
}
