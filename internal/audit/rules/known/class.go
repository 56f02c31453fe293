package known

import "strings"

// Medium is what a volume lies on.
type Medium string

// Media.
const (
	Unknown Medium = ""
	Disk    Medium = "disk"    // attached to one node at a time, with a file system of its own
	Network Medium = "network" // a file system of the network, on any node
	Local   Medium = "local"   // a folder or disk of one node: pods follow it there
)

// classes are the names of storage classes that clusters bring, or that the usual charts make.
var classes = map[string]Medium{
	"standard": Disk, "standard-rwo": Disk, "premium-rwo": Disk, "gp2": Disk, "gp3": Disk, "ebs-sc": Disk, "auto-ebs-sc": Disk,
	"default": Disk, "managed": Disk, "managed-csi": Disk, "managed-csi-premium": Disk, "managed-premium": Disk,
	"do-block-storage": Disk, "do-block-storage-retain": Disk, "do-block-storage-xfs": Disk, "linode-block-storage": Disk, "linode-block-storage-retain": Disk,
	"hcloud-volumes": Disk, "scw-bssd": Disk, "scw-bssd-retain": Disk, "sbs-default": Disk, "sbs-5k": Disk, "csi-cinder-high-speed": Disk, "csi-cinder-classic": Disk,
	"longhorn": Disk, "ceph-block": Disk, "rook-ceph-block": Disk, "oci-bv": Disk, "vultr-block-storage": Disk, "vultr-block-storage-hdd": Disk,
	"thin": Disk, "thin-csi": Disk, "ocs-storagecluster-ceph-rbd": Disk, "exoscale-sbs": Disk, "exoscale-bs": Disk, "civo-volume": Disk, "ibmc-vpc-block-general-purpose": Disk,
	"azurefile": Network, "azurefile-csi": Network, "azurefile-premium": Network, "azurefile-csi-premium": Network, "efs-sc": Network,
	"nfs": Network, "nfs-client": Network, "nfs-csi": Network, "ceph-filesystem": Network, "cephfs": Network, "rook-cephfs": Network, "ocs-storagecluster-cephfs": Network,
	"standard-rwx": Network, "premium-rwx": Network, "zonal-rwx": Network, "enterprise-rwx": Network,
	"local-path": Local, "hostpath": Local, "docker-desktop": Local, "microk8s-hostpath": Local, "csi-hostpath-sc": Local, "openebs-hostpath": Local, "local-storage": Local,
}

// ClassComes tells whether clusters, or the usual charts, bring a storage class of that name.
func ClassComes(name string) bool { _, ok := classes[name]; return ok }

// Provisioner is what is known of one.
type Provisioner struct {
	Medium Medium
	Zonal  bool   // a volume can be used in one zone, or by one group of nodes, only
	Heir   string // the CSI driver in its place, if it is one of the removed ones
	Gone   string // the Kubernetes version that removed it without an heir
}

var provisioners = map[string]Provisioner{
	"pd.csi.storage.gke.io": {Medium: Disk, Zonal: true}, "ebs.csi.aws.com": {Medium: Disk, Zonal: true}, "ebs.csi.eks.amazonaws.com": {Medium: Disk, Zonal: true},
	"disk.csi.azure.com": {Medium: Disk, Zonal: true}, "csi.vsphere.vmware.com": {Medium: Disk, Zonal: true},
	"cinder.csi.openstack.org": {Medium: Disk, Zonal: true}, "csi.hetzner.cloud": {Medium: Disk, Zonal: true}, "csi.scaleway.com": {Medium: Disk, Zonal: true},
	"csi.exoscale.com": {Medium: Disk, Zonal: true}, "blockvolume.csi.oraclecloud.com": {Medium: Disk, Zonal: true},
	"dobs.csi.digitalocean.com": {Medium: Disk}, "linodebs.csi.linode.com": {Medium: Disk}, "driver.longhorn.io": {Medium: Disk}, "block.csi.vultr.com": {Medium: Disk},
	"nfs.csi.k8s.io": {Medium: Network}, "efs.csi.aws.com": {Medium: Network}, "file.csi.azure.com": {Medium: Network}, "filestore.csi.storage.gke.io": {Medium: Network},
	"k8s-sigs.io/nfs-subdir-external-provisioner": {Medium: Network}, "smb.csi.k8s.io": {Medium: Network},
	"rancher.io/local-path": {Medium: Local, Zonal: true}, "openebs.io/local": {Medium: Local, Zonal: true}, "topolvm.io": {Medium: Local, Zonal: true},
	"topolvm.cybozu.com": {Medium: Local, Zonal: true}, "local.csi.openebs.io": {Medium: Local, Zonal: true}, "zfs.csi.openebs.io": {Medium: Local, Zonal: true},
	NoProvisioner: {Medium: Local, Zonal: true}, "docker.io/hostpath": {Medium: Local}, "k8s.io/minikube-hostpath": {Medium: Local}, "microk8s.io/hostpath": {Medium: Local},
	"kubernetes.io/gce-pd": {Medium: Disk, Zonal: true, Heir: "pd.csi.storage.gke.io"}, "kubernetes.io/aws-ebs": {Medium: Disk, Zonal: true, Heir: "ebs.csi.aws.com"},
	"kubernetes.io/azure-disk": {Medium: Disk, Zonal: true, Heir: "disk.csi.azure.com"}, "kubernetes.io/cinder": {Medium: Disk, Zonal: true, Heir: "cinder.csi.openstack.org"},
	"kubernetes.io/vsphere-volume": {Medium: Disk, Zonal: true, Heir: "csi.vsphere.vmware.com"}, "kubernetes.io/azure-file": {Medium: Network, Heir: "file.csi.azure.com"},
	"kubernetes.io/portworx-volume": {Medium: Disk, Heir: "pxd.portworx.com"},
	"kubernetes.io/glusterfs":       {Medium: Network, Gone: "1.26"}, "kubernetes.io/rbd": {Medium: Disk, Gone: "1.31"}, "kubernetes.io/quobyte": {Medium: Network, Gone: "1.25"},
	"kubernetes.io/storageos": {Medium: Disk, Gone: "1.25"}, "kubernetes.io/scaleio": {Medium: Disk, Gone: "1.22"},
}

// NoProvisioner is the provisioner of classes whose volumes are made by hand.
const NoProvisioner = "kubernetes.io/no-provisioner"

// ProvisionerOf is what is known of a provisioner, nothing if it is not.
func ProvisionerOf(name string) Provisioner {
	switch {
	case strings.HasSuffix(name, ".rbd.csi.ceph.com"):
		return Provisioner{Medium: Disk}
	case strings.HasSuffix(name, ".cephfs.csi.ceph.com"), strings.Contains(name, "nfs"):
		return Provisioner{Medium: Network}
	}
	return provisioners[name]
}
