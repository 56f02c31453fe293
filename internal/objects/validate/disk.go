package validate

import (
	"net"
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// disk judges a pod's volume of a storage system; most of them are drivers of their own today.
func disk(f *findings, p *field.Path, v *corev1.VolumeSource) {
	switch {
	case v.GitRepo != nil:
		need(f, p, "repository", v.GitRepo.Repository)
		descending(f, p.Child("directory"), v.GitRepo.Directory)
	case v.CSI != nil:
		driverName(f, p.Child("driver"), v.CSI.Driver)
		if r := v.CSI.NodePublishSecretRef; r != nil {
			if r.Name == "" {
				f.required(p.Child("nodePublishSecretRef", "name"))
			} else {
				f.invalid(p.Child("name"), r.Name, apivalidation.NameIsDNSSubdomain(r.Name, false)...)
			}
		}
	case v.ISCSI != nil:
		s := v.ISCSI
		iscsi(f, p, s.TargetPortal, s.IQN, s.Lun, (s.DiscoveryCHAPAuth || s.SessionCHAPAuth) && s.SecretRef == nil, s.InitiatorName)
	case v.Cinder != nil:
		need(f, p, "volumeID", v.Cinder.VolumeID)
		localSecret(f, p, v.Cinder.SecretRef)
	case v.CephFS != nil:
		needMonitors(f, p, v.CephFS.Monitors)
	case v.RBD != nil:
		needMonitors(f, p, v.RBD.CephMonitors)
		need(f, p, "image", v.RBD.RBDImage)
	case v.Glusterfs != nil:
		need(f, p, "endpoints", v.Glusterfs.EndpointsName)
		need(f, p, "path", v.Glusterfs.Path)
	case v.FlexVolume != nil:
		flex(f, p, v.FlexVolume.Driver, v.FlexVolume.Options)
	case v.AzureFile != nil:
		need(f, p, "secretName", v.AzureFile.SecretName)
		need(f, p, "shareName", v.AzureFile.ShareName)
	case v.ScaleIO != nil:
		need(f, p, "gateway", v.ScaleIO.Gateway)
		need(f, p, "system", v.ScaleIO.System)
		need(f, p, "volumeName", v.ScaleIO.VolumeName)
	case v.StorageOS != nil:
		storageOS(f, p, v.StorageOS.VolumeName, v.StorageOS.VolumeNamespace)
		localSecret(f, p, v.StorageOS.SecretRef)
	default:
		sharedDisk(f, p, &corev1.PersistentVolumeSource{GCEPersistentDisk: v.GCEPersistentDisk, AWSElasticBlockStore: v.AWSElasticBlockStore,
			Flocker: v.Flocker, Quobyte: v.Quobyte, FC: v.FC, AzureDisk: v.AzureDisk, VsphereVolume: v.VsphereVolume,
			PhotonPersistentDisk: v.PhotonPersistentDisk, PortworxVolume: v.PortworxVolume})
	}
}

// persistentDisk is disk for PersistentVolumes, whose secrets stand in namespaces.
func persistentDisk(f *findings, p *field.Path, s *corev1.PersistentVolumeSpec) {
	switch {
	case s.CSI != nil:
		driverName(f, p.Child("driver"), s.CSI.Driver)
		need(f, p, "volumeHandle", s.CSI.VolumeHandle)
		for _, r := range []struct {
			name string
			ref  *corev1.SecretReference
		}{{"controllerPublishSecretRef", s.CSI.ControllerPublishSecretRef}, {"controllerExpandSecretRef", s.CSI.ControllerExpandSecretRef},
			{"nodePublishSecretRef", s.CSI.NodePublishSecretRef}, {"nodeExpandSecretRef", s.CSI.NodeExpandSecretRef}} {
			driverSecret(f, p.Child(r.name), r.ref)
		}
	case s.ISCSI != nil:
		i := s.ISCSI
		iscsi(f, p, i.TargetPortal, i.IQN, i.Lun, (i.DiscoveryCHAPAuth || i.SessionCHAPAuth) && i.SecretRef == nil, i.InitiatorName)
		if i.SecretRef != nil {
			need(f, p.Child("secretRef"), "name", i.SecretRef.Name)
		}
	case s.Cinder != nil:
		need(f, p, "volumeID", s.Cinder.VolumeID)
		placedSecret(f, p, s.Cinder.SecretRef)
	case s.CephFS != nil:
		needMonitors(f, p, s.CephFS.Monitors)
	case s.RBD != nil:
		needMonitors(f, p, s.RBD.CephMonitors)
		need(f, p, "image", s.RBD.RBDImage)
	case s.Glusterfs != nil:
		need(f, p, "endpoints", s.Glusterfs.EndpointsName)
		need(f, p, "path", s.Glusterfs.Path)
		if n := s.Glusterfs.EndpointsNamespace; n != nil {
			f.invalid(p.Child("endpointsNamespace"), *n, apivalidation.ValidateNamespaceName(*n, false)...)
		}
	case s.FlexVolume != nil:
		flex(f, p, s.FlexVolume.Driver, s.FlexVolume.Options)
	case s.AzureFile != nil:
		need(f, p, "secretName", s.AzureFile.SecretName)
		need(f, p, "shareName", s.AzureFile.ShareName)
		if n := s.AzureFile.SecretNamespace; n != nil {
			need(f, p, "secretNamespace", *n)
		}
	case s.ScaleIO != nil:
		need(f, p, "gateway", s.ScaleIO.Gateway)
		need(f, p, "system", s.ScaleIO.System)
		need(f, p, "volumeName", s.ScaleIO.VolumeName)
	case s.StorageOS != nil:
		storageOS(f, p, s.StorageOS.VolumeName, s.StorageOS.VolumeNamespace)
		if r := s.StorageOS.SecretRef; r != nil {
			need(f, p.Child("secretRef"), "name", r.Name)
			need(f, p.Child("secretRef"), "namespace", r.Namespace)
		}
	default:
		sharedDisk(f, p, &s.PersistentVolumeSource)
	}
}

// sharedDisk judges what is the same in pods and in PersistentVolumes.
func sharedDisk(f *findings, p *field.Path, s *corev1.PersistentVolumeSource) {
	switch {
	case s.GCEPersistentDisk != nil:
		need(f, p, "pdName", s.GCEPersistentDisk.PDName)
		byteRange(f, p.Child("partition"), s.GCEPersistentDisk.Partition, badPartition)
	case s.AWSElasticBlockStore != nil:
		need(f, p, "volumeID", s.AWSElasticBlockStore.VolumeID)
		byteRange(f, p.Child("partition"), s.AWSElasticBlockStore.Partition, badPartition)
	case s.Flocker != nil:
		flocker(f, p, s.Flocker)
	case s.Quobyte != nil:
		quobyte(f, p, s.Quobyte)
	case s.FC != nil:
		fibre(f, p, s.FC)
	case s.AzureDisk != nil:
		azureDisk(f, p, s.AzureDisk)
	case s.VsphereVolume != nil:
		need(f, p, "volumePath", s.VsphereVolume.VolumePath)
	case s.PhotonPersistentDisk != nil:
		need(f, p, "pdID", s.PhotonPersistentDisk.PdID)
	case s.PortworxVolume != nil:
		need(f, p, "volumeID", s.PortworxVolume.VolumeID)
	}
}

var badPartition = validation.InclusiveRangeError(1, 255) // which says 1, and lets 0 pass

func need(f *findings, p *field.Path, name, value string) {
	if value == "" {
		f.required(p.Child(name))
	}
}

func needMonitors(f *findings, p *field.Path, monitors []string) {
	if len(monitors) == 0 {
		f.required(p.Child("monitors"))
	}
}

func byteRange(f *findings, p *field.Path, n int32, why string) {
	if n < 0 || n > 255 {
		f.invalid(p, n, why)
	}
}

func localSecret(f *findings, p *field.Path, r *corev1.LocalObjectReference) {
	if r != nil {
		need(f, p.Child("secretRef"), "name", r.Name)
	}
}

func placedSecret(f *findings, p *field.Path, r *corev1.SecretReference) {
	if r != nil {
		need(f, p.Child("secretRef"), "name", r.Name)
		need(f, p.Child("secretRef"), "namespace", r.Namespace)
	}
}

func driverSecret(f *findings, p *field.Path, r *corev1.SecretReference) {
	if r == nil {
		return
	}
	if need(f, p, "name", r.Name); r.Name != "" {
		f.subdomain(p.Child("name"), r.Name)
	}
	if need(f, p, "namespace", r.Namespace); r.Namespace != "" {
		f.label(p.Child("namespace"), r.Namespace)
	}
}

// initiator are the forms of names of iSCSI, by their first three letters.
var initiator = map[string]*regexp.Regexp{
	"iqn": regexp.MustCompile(`iqn\.\d{4}-\d{2}\.([[:alnum:]-.]+)(:[^,;*&$|\s]+)$`),
	"eui": regexp.MustCompile(`^eui.[[:alnum:]]{16}$`),
	"naa": regexp.MustCompile(`^naa.[[:alnum:]]{32}$`),
}

func iscsi(f *findings, p *field.Path, portal, iqn string, lun int32, unsecret bool, initiatorName *string) {
	name := func(p *field.Path, s string) {
		form := initiator[s[:min(3, len(s))]]
		if form == nil {
			f.invalid(p, s, "must be valid format starting with iqn, eui, or naa")
		} else if !form.MatchString(s) {
			f.invalid(p, s, "must be valid format")
		}
	}
	need(f, p, "targetPortal", portal)
	if need(f, p, "iqn", iqn); iqn != "" {
		name(p.Child("iqn"), iqn)
	}
	byteRange(f, p.Child("lun"), lun, validation.InclusiveRangeError(0, 255))
	if unsecret {
		f.required(p.Child("secretRef"))
	}
	if initiatorName != nil {
		name(p.Child("initiatorname"), *initiatorName)
	}
}

func flex(f *findings, p *field.Path, driver string, options map[string]string) {
	need(f, p, "driver", driver)
	for _, k := range sorted(options) {
		owner, _, _ := strings.Cut(k, "/")
		owner = "." + strings.ToLower(owner)
		if strings.HasSuffix(owner, ".kubernetes.io") || strings.HasSuffix(owner, ".k8s.io") {
			f.invalid(p.Child("options").Key(k), k, "kubernetes.io and k8s.io namespaces are reserved")
		}
	}
}

func flocker(f *findings, p *field.Path, s *corev1.FlockerVolumeSource) {
	switch {
	case s.DatasetName == "" && s.DatasetUUID == "":
		f.add(field.Required(p, "one of datasetName and datasetUUID is required"))
	case s.DatasetName != "" && s.DatasetUUID != "":
		f.invalid(p, "resource", "datasetName and datasetUUID can not be specified simultaneously")
	}
	if strings.Contains(s.DatasetName, "/") {
		f.invalid(p.Child("datasetName"), s.DatasetName, "must not contain '/'")
	}
}

func quobyte(f *findings, p *field.Path, s *corev1.QuobyteVolumeSource) {
	const pair = "must be a host:port pair or multiple pairs separated by commas"
	switch {
	case s.Registry == "":
		f.add(field.Required(p.Child("registry"), pair))
	case len(s.Tenant) > 64:
		f.add(field.Required(p.Child("tenant"), "must be a UUID and may not exceed a length of 64 characters"))
	default:
		for _, h := range strings.Split(s.Registry, ",") {
			if _, _, err := net.SplitHostPort(h); err != nil {
				f.invalid(p.Child("registry"), s.Registry, pair)
			}
		}
	}
	need(f, p, "volume", s.Volume)
}

func fibre(f *findings, p *field.Path, s *corev1.FCVolumeSource) {
	at := p.Child("targetWWNs")
	if len(s.TargetWWNs)+len(s.WWIDs) == 0 {
		f.add(field.Required(at, "must specify either targetWWNs or wwids, but not both"))
	}
	if len(s.TargetWWNs) == 0 {
		return
	}
	if len(s.WWIDs) > 0 {
		f.invalid(at, s.TargetWWNs, "targetWWNs and wwids can not be specified simultaneously")
	}
	if s.Lun == nil {
		f.add(field.Required(p.Child("lun"), "lun is required if targetWWNs is specified"))
	} else {
		byteRange(f, p.Child("lun"), *s.Lun, validation.InclusiveRangeError(0, 255))
	}
}

func azureDisk(f *findings, p *field.Path, s *corev1.AzureDiskVolumeSource) {
	need(f, p, "diskName", s.DiskName)
	need(f, p, "diskURI", s.DataDiskURI)
	optional(f, p.Child("cachingMode"), s.CachingMode, corev1.AzureDataDiskCachingNone, corev1.AzureDataDiskCachingReadOnly, corev1.AzureDataDiskCachingReadWrite)
	optional(f, p.Child("kind"), s.Kind, corev1.AzureDedicatedBlobDisk, corev1.AzureManagedDisk, corev1.AzureSharedBlobDisk)
	if s.Kind == nil {
		return
	}
	prefix, form := "https://", "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd"
	if *s.Kind == corev1.AzureManagedDisk {
		prefix, form = "/subscriptions/", "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
	}
	if !strings.HasPrefix(s.DataDiskURI, prefix) {
		f.add(field.NotSupported(p.Child("diskURI"), s.DataDiskURI, []string{form}))
	}
}

func storageOS(f *findings, p *field.Path, name, namespace string) {
	if need(f, p, "volumeName", name); name != "" {
		f.label(p.Child("volumeName"), name)
	}
	if namespace != "" {
		f.label(p.Child("volumeNamespace"), namespace)
	}
}
