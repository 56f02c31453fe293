package terraform

import (
	"maps"
	"slices"
	"strings"
)

// unversioned are providers that are part of Terraform.
var unversioned = map[string]bool{"terraform": true}

// checkPins finds what makes two people run two versions of the code.
func checkPins(m *module) {
	if !m.all {
		return
	}
	used := map[string]bool{}
	required := false
	for _, b := range m.blocks {
		switch b.Type {
		case "resource", "data":
			name, _, _ := strings.Cut(b.kind(), "_")
			// google-beta and other names are chosen with the argument "provider".
			if name != "" && !unversioned[name] && !b.has("provider") {
				used[name] = true
			}
		case "provider":
			used[b.kind()] = true
		case "terraform":
			required = required || b.has("required_version")
		}
	}
	at, ok := m.settings()
	if !ok {
		return
	}
	if !required && m.root {
		m.report("terraform-version-unpinned", at, at.DefRange(), "required_version",
			"it is not said which versions of Terraform this is written for", `Add terraform { required_version = ">= 1.5" }, with the version you test with.`)
	}
	var free []string
	for _, name := range slices.Sorted(maps.Keys(used)) {
		if len(m.constraints(name)) == 0 {
			free = append(free, name)
		}
	}
	if len(free) > 0 {
		m.report("terraform-provider-unpinned", at, at.DefRange(), "required_providers",
			"any version of a provider is taken, and the next one may have removed what is used here: "+strings.Join(free, ", "),
			`Name source and version of each in terraform { required_providers { … } }, such as "~> 6.0", and keep .terraform.lock.hcl in the repository.`)
	}
}

// settings is the block to which a finding about the whole module belongs: terraform, else provider, else a resource.
func (m *module) settings() (block, bool) {
	for _, kind := range []string{"terraform", "provider", "resource", "data"} {
		for _, b := range m.blocks {
			if b.Type == kind {
				return b, true
			}
		}
	}
	return block{}, false
}

// checkState finds a module that is applied and keeps its state in a file beside it.
func checkState(m *module) {
	resources, kept := false, false
	for _, b := range m.blocks {
		resources = resources || b.Type == "resource" || b.Type == "module"
		if b.Type == "terraform" {
			kept = kept || len(nested(b.Body, "backend")) > 0 || len(nested(b.Body, "cloud")) > 0
		}
	}
	at, ok := m.settings()
	if !m.all || !m.root || !ok || !resources || kept {
		return
	}
	m.report("terraform-local-state", at, at.DefRange(), "backend",
		"the state is a file on the machine of whoever applies this: it is neither shared, nor locked, nor backed up, and holds secrets",
		`Add a backend, such as terraform { backend "gcs" { bucket = "…", prefix = "…" } }, with versioning on the bucket.`)
}
