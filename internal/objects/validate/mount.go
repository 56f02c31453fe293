package validate

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func mounts(f *findings, p *field.Path, c *corev1.Container, vols map[string]*corev1.VolumeSource) {
	devices, devicePaths := sets.New[string](), sets.New[string]()
	for _, d := range c.VolumeDevices {
		devices.Insert(d.Name)
		devicePaths.Insert(d.DevicePath)
	}
	seen := sets.New[string]()
	for i, m := range c.VolumeMounts {
		at := p.Index(i)
		if m.Name == "" {
			f.required(at.Child("name"))
		}
		if vols[m.Name] == nil {
			f.add(field.NotFound(at.Child("name"), m.Name))
		}
		if m.MountPath == "" {
			f.required(at.Child("mountPath"))
		}
		if seen.Has(m.MountPath) {
			f.invalid(at.Child("mountPath"), m.MountPath, "must be unique")
		}
		seen.Insert(m.MountPath)
		if devices.Has(m.Name) {
			f.invalid(at.Child("name"), m.Name, "must not already exist in volumeDevices")
		}
		if devicePaths.Has(m.MountPath) {
			f.invalid(at.Child("mountPath"), m.MountPath, "must not already exist as a path in volumeDevices")
		}
		if m.SubPath != "" {
			descending(f, p.Child("subPath"), m.SubPath)
		}
		if m.SubPathExpr != "" {
			if m.SubPath != "" {
				f.invalid(at.Child("subPathExpr"), m.SubPathExpr, "subPathExpr and subPath are mutually exclusive")
			}
			descending(f, p.Child("subPathExpr"), m.SubPathExpr)
		}
		propagation(f, p, c, &m)
	}
}

func propagation(f *findings, p *field.Path, c *corev1.Container, m *corev1.VolumeMount) {
	if g := m.MountPropagation; g != nil {
		at := p.Child("mountPropagation")
		enum(f, at, *g, corev1.MountPropagationBidirectional, corev1.MountPropagationHostToContainer, corev1.MountPropagationNone)
		s := c.SecurityContext
		if *g == corev1.MountPropagationBidirectional && (s == nil || s.Privileged == nil || !*s.Privileged) {
			f.forbid(at, "Bidirectional mount propagation is available only to privileged containers")
		}
	}
	if r := m.RecursiveReadOnly; r != nil {
		at := p.Child("recursiveReadOnly")
		switch *r {
		case corev1.RecursiveReadOnlyDisabled:
		case corev1.RecursiveReadOnlyEnabled, corev1.RecursiveReadOnlyIfPossible:
			if !m.ReadOnly {
				f.forbid(at, "may only be specified when readOnly is true")
			}
			if m.MountPropagation != nil && *m.MountPropagation != corev1.MountPropagationNone {
				f.forbid(at, "may only be specified when mountPropagation is None or not specified")
			}
		default:
			enum(f, at, *r, corev1.RecursiveReadOnlyDisabled, corev1.RecursiveReadOnlyEnabled, corev1.RecursiveReadOnlyIfPossible)
		}
	}
}

func devices(f *findings, p *field.Path, c *corev1.Container, vols map[string]*corev1.VolumeSource) {
	mounted, mountPaths := sets.New[string](), sets.New[string]()
	for _, m := range c.VolumeMounts {
		mounted.Insert(m.Name)
		mountPaths.Insert(m.MountPath)
	}
	names, paths := sets.New[string](), sets.New[string]()
	for i, d := range c.VolumeDevices {
		at := p.Index(i)
		source := vols[d.Name]
		switch {
		case d.Name == "":
			f.required(at.Child("name"))
		case names.Has(d.Name):
			f.invalid(at.Child("name"), d.Name, "must be unique")
		}
		if source == nil {
			f.add(field.NotFound(at.Child("name"), d.Name))
		} else if source.PersistentVolumeClaim == nil && source.Ephemeral == nil {
			f.invalid(at.Child("name"), d.Name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode")
		}
		if d.DevicePath == "" {
			f.required(at.Child("devicePath"))
		}
		if paths.Has(d.DevicePath) {
			f.invalid(at.Child("devicePath"), d.DevicePath, "must be unique")
		}
		if slices.Contains(strings.Split(d.DevicePath, "/"), "..") {
			f.invalid(at.Child("devicePath"), d.DevicePath, "can not contain backsteps ('..')")
		} else {
			paths.Insert(d.DevicePath)
		}
		if mounted.Has(d.Name) {
			f.invalid(at.Child("name"), d.Name, "must not already exist in volumeMounts")
		}
		if mountPaths.Has(d.DevicePath) {
			f.invalid(at.Child("devicePath"), d.DevicePath, "must not already exist as a path in volumeMounts")
		}
		names.Insert(d.Name)
	}
}
