package storage

import (
	"fmt"
	"regexp"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

var claims = []*rule.Rule{
	{ID: "claim-missing", Severity: rule.Broken, Title: "A pod mounts a claim that is not there",
		Why:    "The pod stays Pending: persistentvolumeclaim not found. Nothing of it starts.",
		Advice: "make the PersistentVolumeClaim, or correct claimName", Sources: []string{claimsDoc + "#claims-as-volumes"}, Check: claimMissing},
	{ID: "claim-class-missing", Severity: rule.Broken, Title: "A claim names a storage class that is not among those described",
		Why:    "Nobody makes a volume for it, and the pod that mounts it stays Pending.",
		Advice: "correct storageClassName", Sources: []string{claimsDoc + "#class-1"}, Check: claimClassMissing},
	{ID: "claim-class-unknown", Severity: rule.Risk, Title: "A claim names a storage class that neither the files nor the usual clusters have",
		Why:    "On a cluster without that class the claim, and the pod that mounts it, stay Pending.",
		Advice: "add the StorageClass to the files, or leave storageClassName out to take the cluster's default", Sources: []string{classesDoc}, Check: claimClassUnknown},
}

func claimMissing(p *rule.Pass) {
	templates := templateClaims(p)
	for _, w := range p.Workloads() {
		if known.Composed(w.Object) {
			continue // a volume that the project calls external
		}
		for i := range w.Pod.Volumes {
			c := w.Pod.Volumes[i].PersistentVolumeClaim
			if c == nil || c.ClaimName == "" || p.Find("PersistentVolumeClaim", w.Namespace(), c.ClaimName) != nil {
				continue
			}
			if m := ordinal.FindStringSubmatch(c.ClaimName); m != nil && templates[w.Namespace()+"/"+m[1]] {
				continue
			}
			f := p.Report(w.Object, fmt.Sprintf("%s.volumes[%d].persistentVolumeClaim.claimName", w.Path, i), "mounts claim %s, which is not in namespace %s", c.ClaimName, w.Namespace())
			if other := known.Elsewhere(p.Graph, "PersistentVolumeClaim", w.Namespace(), c.ClaimName); other != nil {
				f.Advise(fmt.Sprintf("%s is in another namespace, and pods mount claims of their own only: give both the same", other.Title()))
			} else if near := known.Nearest(p.Graph, "PersistentVolumeClaim", w.Namespace(), c.ClaimName); near != nil {
				f.Advise(fmt.Sprintf("is claim %s meant? Correct claimName", near.Name()))
			}
		}
	}
}

var ordinal = regexp.MustCompile(`^(.+)-\d+$`)

// templateClaims are the claims that StatefulSets make, without their number.
func templateClaims(p *rule.Pass) map[string]bool {
	all := map[string]bool{}
	for _, o := range p.OfKind("StatefulSet") {
		if s, ok := o.Object.(*appsv1.StatefulSet); ok {
			for i := range s.Spec.VolumeClaimTemplates {
				all[o.Namespace()+"/"+s.Spec.VolumeClaimTemplates[i].Name+"-"+o.Name()] = true
			}
		}
	}
	return all
}

// wish is a claim, or a template of claims.
type wish struct {
	*objects.Object // the claim, or the workload with the template
	name            string
	at              string // of its spec
	template        bool
	spec            *corev1.PersistentVolumeClaimSpec
}

func (w wish) title() string {
	if w.template {
		return fmt.Sprintf("claim template %s of %s", w.name, w.Title())
	}
	return fmt.Sprintf("claim %s/%s", w.Namespace(), w.name)
}

// class is the class that is asked for; false if none is named, which means the cluster's default.
func (w wish) class() (string, bool) {
	if w.spec.StorageClassName != nil {
		return *w.spec.StorageClassName, true
	}
	if !w.template {
		c, ok := w.Meta().GetAnnotations()[corev1.BetaStorageClassAnnotation]
		return c, ok
	}
	return "", false
}

// wishes lists all claims and templates of claims.
func wishes(p *rule.Pass) []wish {
	var all []wish
	for _, o := range p.OfKind("PersistentVolumeClaim") {
		if c, ok := o.Object.(*corev1.PersistentVolumeClaim); ok {
			all = append(all, wish{o, o.Name(), "spec", false, &c.Spec})
		}
	}
	for _, o := range p.OfKind("StatefulSet") {
		if s, ok := o.Object.(*appsv1.StatefulSet); ok {
			for i := range s.Spec.VolumeClaimTemplates {
				t := &s.Spec.VolumeClaimTemplates[i]
				all = append(all, wish{o, t.Name, fmt.Sprintf("spec.volumeClaimTemplates[%d].spec", i), true, &t.Spec})
			}
		}
	}
	return all
}

// strangers visits the claims whose class nobody is known to make, each class once.
func strangers(p *rule.Pass, visit func(w wish, class string)) {
	byHand := map[string]bool{}
	for _, o := range p.OfKind("PersistentVolume") {
		if v, ok := o.Object.(*corev1.PersistentVolume); ok {
			byHand[v.Spec.StorageClassName] = true
		}
	}
	seen := map[string]bool{}
	for _, w := range wishes(p) {
		class, ok := w.class()
		if !ok || class == "" || seen[class] || known.ClassComes(class) || byHand[class] || p.Find("StorageClass", "", class) != nil || w.spec.VolumeName != "" || known.Composed(w.Object) {
			continue
		}
		seen[class] = true
		visit(w, class)
	}
}

func claimClassMissing(p *rule.Pass) {
	here := classNames(p)
	if len(here) == 0 {
		return
	}
	strangers(p, func(w wish, class string) {
		f := p.Report(w.Object, w.at+".storageClassName", "asks for storage class %s; described are %s", class, strings.Join(here, ", "))
		if near := known.Nearest(p.Graph, "StorageClass", "", class); near != nil {
			f.Advise(fmt.Sprintf("is %s meant? Correct storageClassName", near.Name()))
		}
	})
}

func claimClassUnknown(p *rule.Pass) {
	if len(classNames(p)) > 0 {
		return
	}
	strangers(p, func(w wish, class string) {
		p.Report(w.Object, w.at+".storageClassName", "asks for storage class %s, which the files do not describe and no usual cluster brings", class)
	})
}

func classNames(p *rule.Pass) []string {
	var names []string
	for _, o := range p.OfKind("StorageClass") {
		if _, ok := o.Object.(*storagev1.StorageClass); ok && len(names) < 10 {
			names = append(names, o.Name())
		}
	}
	return names
}
