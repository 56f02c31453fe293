package storage

import (
	"fmt"
	"reflect"
	"strings"

	storagev1 "k8s.io/api/storage/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/audit/rules/known"
	"github.com/slipway-sh/slipway/internal/objects"
)

var plugins = []*rule.Rule{
	{ID: "volume-plugin-removed", Severity: rule.Broken, Title: "A volume is of a type that was removed from Kubernetes",
		Why:     "The API server still takes the field; no kubelet can mount it, and the pod stays in ContainerCreating.",
		Advice:  "use the CSI driver of that storage, or another type",
		Sources: []string{volumesDoc + "#volume-types", "https://github.com/kubernetes/kubernetes/pull/115035", "https://github.com/kubernetes/enhancements/issues/5040"}, Check: pluginRemoved},
	{ID: "volume-plugin-replaced", Severity: rule.Risk, Title: "A volume is of a type that a CSI driver has replaced",
		Why:     "The code for it is no longer in Kubernetes: the volume works only while the driver is installed to which such volumes are redirected, and only for what both can do.",
		Advice:  "write it as a csi volume, or claim it from a class of the driver",
		Sources: []string{"https://kubernetes.io/blog/2022/12/09/in-tree-to-csi-volume-migration-update/"}, Check: pluginReplaced},
}

// removed are types of volumes, with the version that no longer had them.
var removed = map[string]string{"glusterfs": "1.26", "flocker": "1.25", "quobyte": "1.25", "storageos": "1.25", "scaleIO": "1.22", "rbd": "1.31", "cephfs": "1.31",
	"photonPersistentDisk": "1.16", "gitRepo": "1.36"}

// instead are types of volumes that a driver has replaced.
var instead = map[string]string{"gcePersistentDisk": "pd.csi.storage.gke.io", "awsElasticBlockStore": "ebs.csi.aws.com", "azureDisk": "disk.csi.azure.com", "azureFile": "file.csi.azure.com",
	"cinder": "cinder.csi.openstack.org", "vsphereVolume": "csi.vsphere.vmware.com", "portworxVolume": "pxd.portworx.com"}

// sources visits every volume with its type: those of pods, PersistentVolumes, and what classes make.
func sources(p *rule.Pass, visit func(o *objects.Object, field, kind string)) {
	for _, w := range p.Workloads() {
		for i := range w.Pod.Volumes {
			if kind := typeOf(&w.Pod.Volumes[i].VolumeSource); kind != "" {
				visit(w.Object, fmt.Sprintf("%s.volumes[%d].%s", w.Path, i, kind), kind)
			}
		}
	}
	for _, d := range disks(p) {
		if kind := typeOf(&d.spec.PersistentVolumeSource); kind != "" {
			visit(d.Object, "spec."+kind, kind)
		}
	}
}

// typeOf is the name of the field that is set in a union of volume types.
func typeOf(union any) string {
	v := reflect.ValueOf(union).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			return name
		}
	}
	return ""
}

func provisioned(p *rule.Pass, visit func(o *objects.Object, name string, k known.Provisioner)) {
	for _, o := range p.OfKind("StorageClass") {
		if s, ok := o.Object.(*storagev1.StorageClass); ok {
			visit(o, s.Provisioner, known.ProvisionerOf(s.Provisioner))
		}
	}
}

func pluginRemoved(p *rule.Pass) {
	sources(p, func(o *objects.Object, field, kind string) {
		switch version := removed[kind]; {
		case version == "":
		case kind == "gitRepo":
			p.Report(o, field, "has a volume of type gitRepo, which is disabled since Kubernetes 1.33 and cannot be enabled since 1.36").
				Advise("clone in an init container, into an emptyDir")
		default:
			p.Report(o, field, "has a volume of type %s, which Kubernetes %s removed", kind, version)
		}
	})
	provisioned(p, func(o *objects.Object, name string, k known.Provisioner) {
		if k.Gone != "" {
			p.Report(o, "provisioner", "makes volumes by %s, which Kubernetes %s removed", name, k.Gone)
		}
	})
}

func pluginReplaced(p *rule.Pass) {
	sources(p, func(o *objects.Object, field, kind string) {
		if driver := instead[kind]; driver != "" {
			p.Report(o, field, "has a volume of type %s, which the CSI driver %s has replaced", kind, driver)
		}
	})
	provisioned(p, func(o *objects.Object, name string, k known.Provisioner) {
		if k.Heir != "" {
			p.Report(o, "provisioner", "makes volumes by %s, which the CSI driver %s has replaced", name, k.Heir)
		}
	})
}
