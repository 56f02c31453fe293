package compose

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/utils/ptr"
)

// mount carries one entry of volumes.
func (p *pod) mount(u *unit, m mount) (corev1.VolumeMount, bool) {
	vm := corev1.VolumeMount{MountPath: m.Target, ReadOnly: m.ReadOnly}
	switch m.Type {
	case types.VolumeTypeBind:
		return p.bind(u, m, vm)
	case types.VolumeTypeTmpfs:
		var limit *resource.Quantity
		if m.Tmpfs != nil && m.Tmpfs.Size > 0 {
			limit = bytesOf(m.Tmpfs.Size)
		}
		vm.Name = p.volume("tmp-"+path.Base(m.Target), memory(limit))
		return vm, true
	case types.VolumeTypeImage:
		if m.Image != nil {
			vm.SubPath = m.Image.SubPath
		}
		vm.ReadOnly = true
		vm.Name = p.volume("image-"+imageName(m.Source), corev1.VolumeSource{Image: &corev1.ImageVolumeSource{Reference: m.Source, PullPolicy: corev1.PullIfNotPresent}})
		return vm, true
	case types.VolumeTypeVolume:
		return p.named(u, m, vm), true
	}
	p.refuse(fmt.Sprintf("volumes of type %s are not carried", m.Type), m.path...)
	return vm, false
}

// named carries a named or anonymous volume.
func (p *pod) named(u *unit, m mount, vm corev1.VolumeMount) corev1.VolumeMount {
	if m.Volume != nil {
		vm.SubPath = m.Volume.Subpath
	}
	p.noteCopy(u, m)
	switch {
	case m.Source == "" && u.pod.kind == "StatefulSet" && (holdsDatabase(m.Target) || u.known != nil && m.Target == u.known.data):
		vm.Name = p.dataClaim(u, m.path...)
	case m.Source == "":
		p.warn("a volume without a name is empty in every new pod; give it a name to keep what is in it", m.path...)
		vm.Name = p.volume("anonymous-"+path.Base(m.Target), corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
	case p.volumeOf(m.Source) != nil:
		vm.Name = p.volume(m.Source, *p.volumeOf(m.Source))
	case p.u.kind == "StatefulSet" && p.ownClaim(p.u, m):
		vm.Name = label(m.Source)
		if !slices.ContainsFunc(p.templates, func(t corev1.PersistentVolumeClaim) bool { return t.Name == vm.Name }) {
			p.templates = append(p.templates, p.claim(m.Source, corev1.ReadWriteOnce))
		}
	default:
		vm.Name = p.volume(m.Source, corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: label(m.Source)}})
	}
	return vm
}

// noteCopy: Docker fills a new volume with what the image has there, Kubernetes does not.
func (p *pod) noteCopy(u *unit, m mount) {
	if u.known != nil || holdsDatabase(m.Target) || m.Volume != nil && (m.Volume.NoCopy || m.Volume.Subpath != "") {
		return
	}
	p.info("a new volume is empty: Docker would copy what the image has at "+m.Target+"; say volume: {nocopy: true} if nothing is expected there", m.path...)
}

// dataMount gives a database without a volume one, so that its data outlive the pod.
func (p *pod) dataMount(u *unit, there []corev1.VolumeMount) (corev1.VolumeMount, bool) {
	if u.known == nil || u.known.data == "" || p.u.kind != "StatefulSet" {
		return corev1.VolumeMount{}, false
	}
	data := u.known.data
	for _, m := range there {
		if m.MountPath == data || strings.HasPrefix(data, m.MountPath+"/") || strings.HasPrefix(m.MountPath, data+"/") {
			return corev1.VolumeMount{}, false
		}
	}
	name := p.dataClaim(u, u.path("image")...)
	p.info(fmt.Sprintf("keeps its data in %s and has no volume there: it gets a claim, because the data would be lost with the pod", data), u.path("image")...)
	return corev1.VolumeMount{Name: name, MountPath: data}, true
}

func (p *pod) dataClaim(u *unit, at ...string) string {
	name := "data"
	if u != p.u {
		name = label(u.id + "-data")
	}
	if !slices.ContainsFunc(p.templates, func(t corev1.PersistentVolumeClaim) bool { return t.Name == name }) {
		p.templates = append(p.templates, p.claim(name, corev1.ReadWriteOnce))
		p.fields["volumes"] = p.origin(at...)
	}
	return name
}

// bind carries a folder or file of this machine.
func (p *pod) bind(u *unit, m mount, vm corev1.VolumeMount) (corev1.VolumeMount, bool) {
	if slices.Contains(sockets, m.Source) {
		p.refuse("there is no container engine behind this socket here, and whoever has it owns the machine; remove it", m.path...)
		return vm, false
	}
	if m.Source == os.DevNull {
		src := p.addFiles(u, m, []content{{key: key(path.Base(m.Target)), mode: 0o644}})
		vm.Name, vm.SubPath, vm.ReadOnly = p.volume("empty-"+path.Base(m.Target), src), key(path.Base(m.Target)), true
		p.info("hides a file of the image: an empty one is put in its place", m.path...)
		return vm, true
	}
	p.propagation(u, m, &vm)
	if files, ok := inline(m.Source); ok && m.ReadOnly {
		src := p.addFiles(u, m, files)
		kind := "ConfigMap"
		if src.Secret != nil {
			kind = "Secret"
		}
		if len(files) == 1 && files[0].rel == "" {
			vm.SubPath = files[0].key
		}
		vm.Name = p.volume("files-"+path.Base(m.Target), src)
		p.info(fmt.Sprintf("travels with the objects, as a %s: a change is seen with the next \"slipway up\"", kind), m.path...)
		return vm, true
	}
	host := &corev1.HostPathVolumeSource{Path: m.Source, Type: ptr.To(corev1.HostPathUnset)}
	info, err := os.Stat(m.Source)
	switch {
	case err != nil && m.Bind != nil && !bool(m.Bind.CreateHostPath):
		p.refuse(fmt.Sprintf("%s does not exist on this machine", p.names.show(m.Source)), m.path...)
		return vm, false
	case err != nil:
		host.Type = hostPathType(corev1.HostPathDirectoryOrCreate)
	case info.IsDir():
		host.Type = hostPathType(corev1.HostPathDirectory)
	case info.Mode().IsRegular():
		host.Type = hostPathType(corev1.HostPathFile)
	}
	advice := "use a named volume for what must live elsewhere too"
	if err == nil && !m.ReadOnly {
		if _, small := inline(m.Source); small {
			advice = "write :ro behind it and it travels with the objects, or use a named volume"
		}
	}
	p.warn(fmt.Sprintf("%s is of this machine: it works on one machine only; %s", filepath.Base(m.Source), advice), m.path...)
	vm.Name = p.volume("host-"+cmp.Or(strings.Trim(path.Base(m.Source), "/."), "root"), corev1.VolumeSource{HostPath: host})
	return vm, true
}

func (p *pod) propagation(u *unit, m mount, vm *corev1.VolumeMount) {
	if m.Bind == nil {
		return
	}
	switch m.Bind.Propagation {
	case types.PropagationRSlave, types.PropagationSlave:
		vm.MountPropagation = ptr.To(corev1.MountPropagationHostToContainer)
	case types.PropagationRShared, types.PropagationShared:
		if !u.svc.Privileged {
			p.refuse("only a privileged container may hand mounts back to the machine", append(slices.Clone(m.path), "bind", "propagation")...)
			return
		}
		vm.MountPropagation = ptr.To(corev1.MountPropagationBidirectional)
	}
}

// tmpfs carries an entry of tmpfs: /run:size=64m,mode=1777.
func (p *pod) tmpfs(entry string, at []string) corev1.VolumeMount {
	target, opts, _ := strings.Cut(entry, ":")
	o := options(opts)
	if !path.IsAbs(target) {
		p.refuse("a tmpfs needs a whole path", at...)
	}
	for _, k := range []string{"uid", "gid", "mode", "exec", "noexec"} {
		if o.has(k) && o[k] != "1777" {
			p.warn("an emptyDir may be written by everyone in the pod; "+k+" is left out", at...)
		}
	}
	name := strings.ReplaceAll(strings.Trim(target, "/"), "/", "-")
	return corev1.VolumeMount{Name: p.volume("tmp-"+name, memory(size(o["size"]))), MountPath: path.Clean(target)}
}

func memory(limit *resource.Quantity) corev1.VolumeSource {
	return corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory, SizeLimit: limit}}
}
