package storage

import (
	"fmt"

	storagev1 "k8s.io/api/storage/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

const bindDoc = claimsDoc + "#binding"

var binding = []*rule.Rule{
	{ID: "volume-never-bound", Severity: rule.Broken, Title: "A volume is all but what a claim asks for, and never bound to it",
		Why: "The claim gets a new, empty volume from its class, or none at all, and the volume that was prepared for it, perhaps with the data in it, stays unused. " +
			"It is noticed when the data are looked for.",
		Advice:  "make both agree; to be certain of the pair, set the claim's volumeName and the volume's claimRef",
		Sources: []string{bindDoc, claimsDoc + "#reserving-a-persistentvolume"}, Check: volumeNeverBound},
	{ID: "claim-never-binds", Severity: rule.Broken, Title: "A claim can be bound to no volume",
		Why:    "Nobody makes a volume for it either, so that it and the pod that mounts it stay Pending.",
		Advice: "make the claim and a volume agree", Sources: []string{bindDoc, claimsDoc + "#selector"}, Check: claimNeverBinds},
	{ID: "volume-claimed-twice", Severity: rule.Broken, Title: "Two claims name the same volume",
		Why:    "A volume is bound to one claim; the other stays Pending, and which one it is depends on who comes first.",
		Advice: "give each claim a volume of its own, or let the pods share one claim", Sources: []string{bindDoc}, Check: volumeClaimedTwice},
	{ID: "volume-without-claim", Severity: rule.Risk, Title: "No claim of the files can use a volume",
		Why:    "It stays unused; what should use it has found another volume, or none.",
		Advice: "correct the volume or the claim, or remove the volume", Sources: []string{bindDoc}, Check: volumeWithoutClaim},
	{ID: "volume-without-class", Severity: rule.Risk, Title: "A volume has no class and is reserved for no claim",
		Why:     "A claim that names no class gets the cluster's default one, and with it a new volume instead of this; any claim with an empty class takes this one.",
		Advice:  "give the volume and its claim the same storageClassName, which no StorageClass has, or reserve it: claimRef",
		Sources: []string{claimsDoc + "#class-1", claimsDoc + "#reserving-a-persistentvolume"}, Check: volumeWithoutClass},
	{ID: "binding-immediate", Severity: rule.Risk, Title: "A class makes volumes before it is known where the pod will run",
		Why:     "The volume is made in a zone of its own choice; if the pod may not run there, or there is no room, it stays Pending for ever.",
		Advice:  "set volumeBindingMode: WaitForFirstConsumer. The field cannot be changed: delete the class and make it again; its volumes stay",
		Sources: []string{classesDoc + "#volume-binding-mode"}, Check: bindingImmediate},
}

// some pairs of a claim and a volume are looked at for each; with more of a class than that, nothing is certain cheaply.
const some = 256

// pairs is what binds to what.
type pairs struct {
	p       *rule.Pass
	wishes  []wish
	disks   []disk
	ofClaim map[*objects.Object]wish
	byClass map[string][]wish // of claims that name a class; under "\x00" those that do not
	ofClass map[string][]disk
}

func pairing(p *rule.Pass) *pairs {
	m := &pairs{p: p, disks: disks(p), ofClaim: map[*objects.Object]wish{}, byClass: map[string][]wish{}, ofClass: map[string][]disk{}}
	if len(m.disks) == 0 {
		return m
	}
	m.wishes = wishes(p)
	for _, w := range m.wishes {
		class, ok := w.class()
		if !ok {
			class = "\x00"
		}
		m.byClass[class] = append(m.byClass[class], w)
		if !w.template {
			m.ofClaim[w.Object] = w
		}
	}
	for _, d := range m.disks {
		m.ofClass[d.class()] = append(m.ofClass[d.class()], d)
	}
	return m
}

// used says that a claim of the files may bind a volume, as far as can be seen.
func (m *pairs) used(d disk) bool {
	if r := d.spec.ClaimRef; r != nil && r.Name != "" {
		o := m.p.Find("PersistentVolumeClaim", r.Namespace, r.Name)
		if o == nil {
			return true // of another application
		}
		w, ok := m.ofClaim[o]
		return !ok || len(between(w, d)) == 0
	}
	for _, class := range []string{d.class(), "\x00"} {
		list := m.byClass[class]
		if len(list) > some {
			return true
		}
		for _, w := range list {
			if len(between(w, d)) == 0 {
				return true
			}
		}
	}
	return false
}

// nearest is the claim that misses a volume by the least.
func (m *pairs) nearest(d disk) (wish, []gap) {
	var best wish
	var gaps []gap
	for i, w := range m.wishes {
		if i >= some {
			break
		}
		if g := between(w, d); gaps == nil || len(g) < len(gaps) {
			best, gaps = w, g
		}
	}
	return best, gaps
}

// lost visits the volumes that no claim of the files can use.
func (m *pairs) lost(visit func(d disk, w wish, gaps []gap)) {
	if len(m.wishes) == 0 {
		return // the claims are elsewhere
	}
	stuck := map[string]bool{}
	m.stuck(func(w wish, d disk, _ gap) { stuck[w.title()], stuck[d.Title()] = true, true })
	for _, d := range m.disks {
		if m.used(d) || stuck[d.Title()] {
			continue
		}
		if w, gaps := m.nearest(d); len(gaps) > 0 && !stuck[w.title()] {
			visit(d, w, gaps)
		}
	}
}

func volumeNeverBound(p *rule.Pass) {
	pairing(p).lost(func(d disk, w wish, gaps []gap) {
		if len(gaps) > 1 {
			return
		}
		p.Report(d.Object, specField(gaps[0].field), "%s: %s", gaps[0].text, fate(p, w))
	})
}

func volumeWithoutClaim(p *rule.Pass) {
	pairing(p).lost(func(d disk, w wish, gaps []gap) {
		if len(gaps) > 1 {
			p.Report(d.Object, "spec", "is used by no claim of these files; the nearest, %s, differs in %d respects: it %s", w.title(), len(gaps), gaps[0].text)
		}
	})
}

func specField(name string) string {
	if name == "" {
		return "metadata"
	}
	return "spec." + name
}

// fate is what becomes of a claim that finds no volume ready.
func fate(p *rule.Pass, w wish) string {
	class, ok := w.class()
	if ok && (class == "" || byHand(p, class)) {
		return "the claim waits for ever, and this volume stays unused"
	}
	return "the claim gets a new, empty volume, and this one stays unused"
}

// byHand says that volumes of a class are made by people, not by a provisioner.
func byHand(p *rule.Pass, class string) bool {
	o := p.Find("StorageClass", "", class)
	if o == nil {
		return false
	}
	s, ok := o.Object.(*storagev1.StorageClass)
	return ok && s.Provisioner == known.NoProvisioner
}

// stuck visits the claims that can be bound to none of the volumes here, and for which nobody makes one.
func (m *pairs) stuck(visit func(w wish, d disk, g gap)) {
	for _, w := range m.wishes {
		class, ok := w.class()
		var list []disk
		switch {
		case w.spec.VolumeName != "" && !w.template:
			o := m.p.Find("PersistentVolume", "", w.spec.VolumeName)
			if o == nil {
				continue
			}
			for _, d := range disksOf(o) {
				if g := between(w, d); len(g) > 0 {
					visit(w, d, g[0])
				}
			}
			continue
		case ok && (class == "" || byHand(m.p, class)), w.spec.Selector != nil:
			list = m.disks
			if len(m.ofClass[class]) > 0 {
				list = m.ofClass[class]
			}
		default:
			continue
		}
		if len(list) > some {
			continue
		}
		var near disk
		var gaps []gap
		for _, d := range list {
			g := between(w, d)
			if len(g) == 0 {
				near = disk{}
				break
			}
			if near.Object == nil || len(g) < len(gaps) {
				near, gaps = d, g
			}
		}
		if near.Object != nil {
			visit(w, near, gaps[0])
		}
	}
}

func claimNeverBinds(p *rule.Pass) {
	pairing(p).stuck(func(w wish, d disk, g gap) {
		field := w.at
		if g.claim != "" {
			field += "." + g.claim
		}
		p.Report(w.Object, field, "can be bound to no volume: persistentvolume %s %s", d.Name(), g.text)
	})
}

func volumeClaimedTwice(p *rule.Pass) {
	first := map[string]wish{}
	for _, w := range wishes(p) {
		if w.spec.VolumeName == "" || w.template {
			continue
		}
		if other, ok := first[w.spec.VolumeName]; ok && other.Title() != w.Title() {
			p.Report(w.Object, "spec.volumeName", "names volume %s, as %s does", w.spec.VolumeName, other.title())
			continue
		}
		first[w.spec.VolumeName] = w
	}
}

func volumeWithoutClass(p *rule.Pass) {
	m := pairing(p)
	told := map[string]bool{}
	m.lost(func(d disk, _ wish, _ []gap) { told[d.Title()] = true })
	paired := map[string]bool{}
	for _, w := range m.wishes {
		paired[w.spec.VolumeName] = true
	}
	for _, d := range m.disks {
		if d.class() != "" || d.spec.ClaimRef != nil || told[d.Title()] || paired[d.Name()] || m.used(d) && len(m.byClass[""]) > 0 {
			continue
		}
		p.Report(d.Object, "spec", "has no storageClassName and no claimRef").
			Show(fmt.Sprintf("spec:\n  storageClassName: %s # and the same in the claim", "static"))
	}
}

func bindingImmediate(p *rule.Pass) {
	for _, o := range p.OfKind("StorageClass") {
		s, ok := o.Object.(*storagev1.StorageClass)
		if !ok || !known.ProvisionerOf(s.Provisioner).Zonal {
			continue
		}
		switch {
		case s.VolumeBindingMode == nil:
			p.Report(o, "provisioner", "has no volumeBindingMode, which means Immediate; volumes of %s can be used in some places only", s.Provisioner).Show("volumeBindingMode: WaitForFirstConsumer")
		case *s.VolumeBindingMode == storagev1.VolumeBindingImmediate:
			p.Report(o, "volumeBindingMode", "binds volumes of %s, which can be used in some places only, at once", s.Provisioner).Show("volumeBindingMode: WaitForFirstConsumer")
		}
	}
}
