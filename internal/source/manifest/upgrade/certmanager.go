package upgrade

import (
	"strings"

	"github.com/slipway-sh/slipway/internal/objects"
)

// certificateKey gathers what was said of the private key, and the organizations.
func certificateKey(p *plan) {
	spec := p.spec()
	var key objects.Ordered
	var edits []objects.Edit
	for _, f := range []struct{ old, name string }{{"keyAlgorithm", "algorithm"}, {"keyEncoding", "encoding"}, {"keySize", "size"}} {
		if !spec.has(f.old) {
			continue
		}
		value := written(spec.m[f.old])
		if s, ok := value.(string); ok {
			value = strings.ToUpper(s) // rsa, ecdsa, pkcs1, pkcs8
		}
		key = append(key, objects.KeyValue{Key: f.name, Value: value})
		edits = append(edits, spec.remove(f.old))
	}
	if key != nil {
		set := []objects.Edit{spec.set("privateKey", key)}
		if spec.has("privateKey") {
			set = nil
			for _, kv := range key {
				set = append(set, spec.child("privateKey").set(kv.Key, kv.Value))
			}
		}
		p.say("keyAlgorithm, keyEncoding and keySize are in spec.privateKey now", append(set, edits...)...)
	}
	if spec.has("organization") && !spec.child("subject").has("organizations") {
		p.say("spec.organization is subject.organizations now",
			spec.child("subject").set("organizations", written(spec.m["organization"])), spec.remove("organization"))
	}
}

func certificateNames(p *plan) {
	p.renamed(p.spec(), "emailSANs", "emailAddresses")
	p.renamed(p.spec(), "uriSANs", "uris")
}

func requestField(p *plan) { p.renamed(p.spec(), "csr", "request") }

// solvers spells the names of DNS providers as the current version does.
func solvers(p *plan) {
	for _, s := range p.spec().child("acme").items("solvers") {
		dns := s.child("dns01")
		p.renamed(dns, "acmedns", "acmeDNS")
		p.renamed(dns, "azuredns", "azureDNS")
		p.renamed(dns, "clouddns", "cloudDNS")
	}
}

// snapshot brings the first version of a snapshot or its class to the current one.
func snapshot(p *plan) {
	if p.from.Kind == "VolumeSnapshotClass" {
		p.renamed(p.root(), "snapshotter", "driver")
		if !p.root().has("deletionPolicy") {
			p.require("deletionPolicy is required: Delete, as it was by default", p.root().set("deletionPolicy", "Delete"))
		}
		return
	}
	spec := p.spec()
	p.renamed(spec, "snapshotClassName", "volumeSnapshotClassName")
	source := spec.child("source")
	if source.text("kind") == "PersistentVolumeClaim" && source.has("name") {
		p.say("spec.source names the claim in persistentVolumeClaimName now",
			spec.set("source", objects.Ordered{{Key: "persistentVolumeClaimName", Value: written(source.m["name"])}}))
	}
	if name := spec.m["snapshotContentName"]; name != nil && !source.here() {
		p.say("spec.snapshotContentName is source.volumeSnapshotContentName now",
			spec.set("source", objects.Ordered{{Key: "volumeSnapshotContentName", Value: written(name)}}), spec.remove("snapshotContentName"))
	}
}
