package compose

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/compose-spec/compose-go/v2/types"
	corev1 "k8s.io/api/core/v1"
)

// container makes the main container of a unit.
func (p *pod) container(u *unit) corev1.Container {
	out := p.common(u, u.id, u.id, &u.svc.ContainerSpec, u.base, u.mounts)
	out.Stdin, out.TTY = u.svc.StdinOpen, u.svc.Tty
	for _, port := range u.ports {
		out.Ports = append(out.Ports, corev1.ContainerPort{ContainerPort: port.target, Protocol: port.protocol, Name: port.containerName()})
	}
	if m := u.ext.Metrics; m != nil && !slices.ContainsFunc(out.Ports, func(o corev1.ContainerPort) bool { return o.ContainerPort == m.Port }) {
		out.Ports = append(out.Ports, corev1.ContainerPort{ContainerPort: m.Port, Protocol: corev1.ProtocolTCP, Name: "metrics"})
	}
	if !u.pod.runsOnce() {
		p.probes(u, &out)
	}
	p.lifecycle(u, &out)
	return out
}

// common is what a service's container and a pre_start hook have alike. name is that of the container, prefix that of
// its ConfigMaps and Secrets.
func (p *pod) common(u *unit, name, prefix string, spec *types.ContainerSpec, base []string, mounts []mount) corev1.Container {
	out := corev1.Container{
		Name:            name,
		Image:           spec.Image,
		ImagePullPolicy: p.pullPolicy(spec, base),
		WorkingDir:      spec.WorkingDir,
		Resources:       p.resources(u, spec, base),
		SecurityContext: p.containerSecurity(spec, base),
	}
	if out.Image == "" {
		out.Image = p.localImage(u)
	}
	p.command(&out, spec, base)
	out.EnvFrom, out.Env = p.environment(u, prefix, spec, base)
	out.VolumeMounts = p.mounts(u, name, spec, base, mounts)
	return out
}

// command splits as Docker does: entrypoint is what runs, command its arguments; either given takes the place of the
// image's, and an entrypoint also that of the image's command.
func (p *pod) command(out *corev1.Container, spec *types.ContainerSpec, base []string) {
	out.Command, out.Args = escapeAll(spec.Entrypoint), escapeAll(spec.Command)
	cleared := spec.Entrypoint != nil && len(spec.Entrypoint) == 0
	switch {
	case cleared && len(spec.Command) > 0: // without an entrypoint the command is what runs
		out.Command, out.Args = out.Args, nil
	case cleared:
		p.refuse("an empty entrypoint leaves nothing to run; give command as well", append(slices.Clone(base), "entrypoint")...)
	case spec.Command != nil && len(spec.Command) == 0 && len(spec.Entrypoint) == 0:
		p.refuse("Kubernetes cannot empty the command of an image; write entrypoint with what should run", append(slices.Clone(base), "command")...)
	}
	if len(out.Command) == 0 {
		out.Command = nil
	}
	if len(out.Args) == 0 {
		out.Args = nil
	}
}

func (p *pod) pullPolicy(spec *types.ContainerSpec, base []string) corev1.PullPolicy {
	policy, every, err := (&types.ServiceConfig{ContainerSpec: types.ContainerSpec{PullPolicy: spec.PullPolicy}}).GetPullPolicy()
	at := append(slices.Clone(base), "pull_policy")
	if err != nil {
		p.refuse(fmt.Sprintf("%q is no pull policy; always, missing and never are", spec.PullPolicy), at...)
	}
	switch policy {
	case types.PullPolicyAlways:
		return corev1.PullAlways
	case types.PullPolicyNever:
		return corev1.PullNever
	case types.PullPolicyRefresh:
		p.warn(fmt.Sprintf("images are not refreshed by age (%s); every start of a pod asks the registry instead", time.Duration.String(every)), at...)
		return corev1.PullAlways
	}
	return corev1.PullIfNotPresent
}

// localImage is the name of an image that is built here and was given none.
func (c *compiler) localImage(u *unit) string { return c.app.Namespace + "/" + u.id + ":latest" }

// mounts are all that a container sees beside its image, by path, so that what contains another comes first.
func (p *pod) mounts(u *unit, container string, spec *types.ContainerSpec, base []string, mounts []mount) []corev1.VolumeMount {
	var all []corev1.VolumeMount
	for _, m := range mounts {
		if vm, ok := p.mount(u, m); ok {
			all = append(all, vm)
		}
	}
	for i, t := range spec.Tmpfs {
		all = append(all, p.tmpfs(t, append(slices.Clone(base), "tmpfs", indexStep(i))))
	}
	if spec.ShmSize > 0 {
		all = append(all, corev1.VolumeMount{Name: p.volume("shm", memory(bytesOf(spec.ShmSize))), MountPath: "/dev/shm"})
	}
	all = append(all, p.configMounts(spec)...)
	all = append(all, p.secretMounts(container, spec)...)
	if vm, ok := p.dataMount(u, all); ok {
		all = append(all, vm)
	}
	slices.SortStableFunc(all, func(a, b corev1.VolumeMount) int { return strings.Compare(a.MountPath, b.MountPath) })
	return all
}

// configMounts put each config at its place, a file among those of the image.
func (p *pod) configMounts(spec *types.ContainerSpec) []corev1.VolumeMount {
	var all []corev1.VolumeMount
	for _, cfg := range spec.Configs {
		name := label(cfg.Source)
		if c := p.project.Configs[cfg.Source]; c.External {
			name = label(c.Name)
		}
		src := &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: name}}
		if cfg.Mode != nil {
			src.Items = []corev1.KeyToPath{{Key: cfg.Source, Path: cfg.Source, Mode: fileMode(cfg.Mode)}}
		}
		target := cmp.Or(cfg.Target, "/"+cfg.Source)
		if !strings.HasPrefix(target, "/") {
			target = "/" + target
		}
		all = append(all, corev1.VolumeMount{Name: p.volume("config-"+name, corev1.VolumeSource{ConfigMap: src}), MountPath: target, SubPath: cfg.Source, ReadOnly: true})
	}
	return all
}

const secretFolder = "/run/secrets"

// secretMounts show the secrets of a container in one folder, as Compose does; those with a target elsewhere singly.
func (p *pod) secretMounts(container string, spec *types.ContainerSpec) []corev1.VolumeMount {
	var all []corev1.VolumeMount
	var sources []corev1.VolumeProjection
	for _, s := range spec.Secrets {
		name := label(s.Source)
		if sec := p.project.Secrets[s.Source]; sec.External {
			name = label(sec.Name)
		}
		target := cmp.Or(s.Target, s.Source)
		rel, inside := strings.CutPrefix(target, secretFolder+"/")
		if !inside && strings.HasPrefix(target, "/") {
			src := &corev1.SecretVolumeSource{SecretName: name}
			if s.Mode != nil {
				src.Items = []corev1.KeyToPath{{Key: s.Source, Path: s.Source, Mode: fileMode(s.Mode)}}
			}
			all = append(all, corev1.VolumeMount{Name: p.volume("secret-"+name, corev1.VolumeSource{Secret: src}), MountPath: target, SubPath: s.Source, ReadOnly: true})
			continue
		}
		sources = append(sources, corev1.VolumeProjection{Secret: &corev1.SecretProjection{
			LocalObjectReference: corev1.LocalObjectReference{Name: name},
			Items:                []corev1.KeyToPath{{Key: s.Source, Path: rel, Mode: fileMode(s.Mode)}}}})
	}
	if len(sources) == 0 {
		return all
	}
	src := corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{Sources: sources}}
	if one := sources[0].Secret; len(sources) == 1 {
		src = corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: one.Name, Items: one.Items}}
	}
	name := "secrets"
	if len(p.u.sidecars) > 0 {
		name = container + "-secrets"
	}
	return append(all, corev1.VolumeMount{Name: p.volume(name, src), MountPath: secretFolder, ReadOnly: true})
}

func fileMode(m *types.FileMode) *int32 {
	if m == nil {
		return nil
	}
	mode := int32(*m & 0o777) //nolint:gosec // nine bits
	return &mode
}
