package terraform

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/slipway-sh/slipway/internal/objects"
)

// Read says what is wrong in one file, as far as one file can show it.
func Read(file string, text []byte) []objects.Problem {
	m := newModule(map[string][]byte{file: text})
	m.judge()
	return m.result()
}

// ReadAll says what is wrong in all files: for each of them what Read says, and what only the files of a folder together
// can show. Every folder is a module of its own.
func ReadAll(files map[string][]byte) []objects.Problem {
	folders := map[string]map[string][]byte{}
	for name, text := range files {
		dir := path.Dir(strings.ReplaceAll(name, `\`, "/"))
		if folders[dir] == nil {
			folders[dir] = map[string][]byte{}
		}
		folders[dir][name] = text
	}
	modules := map[string]*module{}
	called := map[string]bool{}
	for dir, files := range folders {
		m := newModule(files)
		m.all = true
		modules[dir] = m
		for _, source := range m.sources() {
			called[path.Join(dir, source)] = true
		}
	}
	var all []objects.Problem
	for _, dir := range slices.Sorted(maps.Keys(modules)) {
		m := modules[dir]
		m.root = !called[dir] && !slices.Contains(strings.Split(path.Dir(dir), "/"), "modules")
		m.judge()
		all = append(all, m.result()...)
	}
	return all
}

// module is the files of one folder, read together.
type module struct {
	files  []*file
	blocks []block
	kinds  map[string][]block // resources by type
	vars   map[string]block
	locals map[string]attribute
	values map[string]attribute // of *.tfvars
	all    bool                 // no file of the folder is missing
	root   bool                 // applied itself, not called by another module
	found  []finding
}

// finding is a Problem whose edits are not yet lines of text.
type finding struct {
	objects.Problem
	file    *file
	changes []change
	mends   int // line that was mended before it was parsed
}

func newModule(texts map[string][]byte) *module {
	m := &module{kinds: map[string][]block{}, vars: map[string]block{}, locals: map[string]attribute{}, values: map[string]attribute{}}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		f := m.parse(name, texts[name])
		m.files = append(m.files, f)
		if f.body == nil {
			continue
		}
		if strings.HasSuffix(name, ".tfvars") {
			for _, a := range f.body.Attributes {
				m.values[a.Name] = attribute{a, f}
			}
			continue
		}
		for _, b := range f.body.Blocks {
			b := block{b, f}
			m.blocks = append(m.blocks, b)
			switch {
			case b.Type == "resource":
				m.kinds[b.kind()] = append(m.kinds[b.kind()], b)
			case b.Type == "variable" && b.label(0) != "":
				m.vars[b.label(0)] = b
			case b.Type == "locals":
				for _, a := range b.Body.Attributes {
					m.locals[a.Name] = attribute{a, f}
				}
			}
		}
	}
	return m
}

// judge runs every check. A check of one resource type gets the blocks of that type, the others see the module.
func (m *module) judge() {
	for _, check := range moduleChecks {
		check(m)
	}
	for _, b := range m.blocks {
		if b.Type != "resource" {
			continue
		}
		for _, check := range resourceChecks[b.kind()] {
			check(m, b)
		}
	}
}

var moduleChecks = []func(*module){
	checkCredentialFiles, checkLiteralSecrets, checkSensitiveVariables, checkOldSyntax, checkNumbers, checkRemoved,
	checkDeprecated, checkDefaultNetwork, checkZones, checkReferences, checkPins, checkState,
}

var resourceChecks = map[string][]func(*module, block){
	"google_container_cluster":            {checkGoogleCluster},
	"google_container_node_pool":          {checkNodePool},
	"azurerm_kubernetes_cluster":          {checkAzureCluster},
	"aws_eks_cluster":                     {checkAmazonCluster},
	"aws_eks_node_group":                  {checkNodePool},
	"digitalocean_kubernetes_cluster":     {checkNodePool},
	"scaleway_k8s_pool":                   {checkNodePool},
	"ovh_cloud_project_kube_nodepool":     {checkNodePool},
	"google_compute_disk":                 {checkDisk, checkDiskZone},
	"google_compute_region_disk":          {checkDisk},
	"aws_ebs_volume":                      {checkDisk},
	"azurerm_managed_disk":                {checkDisk},
	"google_sql_database_instance":        {checkGoogleDatabase},
	"aws_db_instance":                     {checkAmazonDatabase},
	"aws_rds_cluster":                     {checkAmazonDatabase},
	"aws_security_group":                  {checkSecurityGroup},
	"aws_security_group_rule":             {checkSecurityGroupRule},
	"aws_vpc_security_group_ingress_rule": {checkSecurityGroupRule},
	"google_compute_firewall":             {checkGoogleFirewall},
	"azurerm_network_security_group":      {checkAzureSecurityGroup},
	"azurerm_network_security_rule":       {checkAzureSecurityRule},
	"azurerm_postgresql_flexible_server":  {checkAzureDatabase},
	"azurerm_mysql_flexible_server":       {checkAzureDatabase},
	"azurerm_mssql_server":                {checkAzureDatabase},
}

// report adds a finding. The field is a path within the block, empty for the block itself.
func (m *module) report(rule string, b block, at hcl.Range, field, text, advice string, changes ...change) {
	m.found = append(m.found, finding{
		Problem: objects.Problem{
			Rule: rule, Object: b.address(), Text: text, Advice: advice,
			Origin: objects.Origin{File: b.file.name, Line: at.Start.Line, Path: field},
		},
		file: b.file, changes: changes,
	})
}

func (m *module) result() []objects.Problem {
	m.writeEdits()
	slices.SortStableFunc(m.found, func(a, b finding) int {
		return cmp.Or(strings.Compare(a.Origin.File, b.Origin.File), cmp.Compare(a.Origin.Line, b.Origin.Line), strings.Compare(a.Rule, b.Rule))
	})
	var all []objects.Problem
	for _, f := range m.found {
		all = append(all, f.Problem)
	}
	return all
}

// sources are the folders of the modules that this one calls.
func (m *module) sources() []string {
	var all []string
	for _, b := range m.blocks {
		if b.Type != "module" {
			continue
		}
		if a := b.attr("source"); a != nil {
			if s, exact := m.text(a.Expr); exact && strings.HasPrefix(s, ".") {
				all = append(all, s)
			}
		}
	}
	return all
}
