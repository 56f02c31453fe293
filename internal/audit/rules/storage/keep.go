package storage

import (
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
)

const reclaimDoc = docs + "tasks/administer-cluster/change-pv-reclaim-policy/"

var keeping = []*rule.Rule{
	{ID: "reclaim-deletes", Severity: rule.Risk, Title: "Data are deleted with their claim",
		Why:     "A claim that is deleted by mistake, with its namespace or by an uninstall, takes the disk and everything on it with it, at once.",
		Advice:  "set the reclaim policy to Retain; volumes that exist keep theirs: kubectl patch pv",
		Sources: []string{reclaimDoc, classesDoc + "#reclaim-policy"}, Check: reclaimDeletes},
	{ID: "volume-recycled", Severity: rule.Risk, Title: "A volume is emptied when its claim is deleted", Fixes: true,
		Why:     "Recycle means rm -rf, and the volume is then given to the next claim. The policy is deprecated, and kept for NFS and host paths only.",
		Advice:  "set persistentVolumeReclaimPolicy to Retain",
		Sources: []string{claimsDoc + "#recycle"}, Check: volumeRecycled},
}

func reclaimDeletes(p *rule.Pass) {
	for _, o := range p.OfKind("StorageClass") {
		s, ok := o.Object.(*storagev1.StorageClass)
		if !ok || s.Provisioner == "" {
			continue
		}
		if s.ReclaimPolicy == nil {
			p.Report(o, "provisioner", "has no reclaimPolicy, which means Delete").Show("reclaimPolicy: Retain")
		} else if *s.ReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
			p.Report(o, "reclaimPolicy", "deletes volumes with their claims").Show("reclaimPolicy: Retain")
		}
	}
	for _, d := range disks(p) {
		if d.spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
			p.Report(d.Object, "spec.persistentVolumeReclaimPolicy", "is deleted with its claim").Show("spec:\n  persistentVolumeReclaimPolicy: Retain")
		}
	}
}

func volumeRecycled(p *rule.Pass) {
	for _, d := range disks(p) {
		if d.spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimRecycle {
			p.Report(d.Object, "spec.persistentVolumeReclaimPolicy", "is emptied and given to the next when its claim is deleted").
				Set("spec.persistentVolumeReclaimPolicy", string(corev1.PersistentVolumeReclaimRetain))
		}
	}
}
