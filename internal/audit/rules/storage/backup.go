package storage

import (
	"regexp"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/slipway-sh/slipway/internal/audit/rule"
	"github.com/slipway-sh/slipway/internal/objects"
)

// saving is how commands and images that make backups are called.
var saving = regexp.MustCompile(`(?i)backup|\bdumps?\b|\bpg_?dump(all)?\b|pg_basebackup|(mysql|mariadb|mongo)-?dump|xtrabackup|\brestic\b|\bvelero\b|\bwal-[ge]\b|\bbarman\b|pgbackrest|snapshot|\bborg(matic)?\b|\brclone\b`)

// saved are kinds of operators that make backups, with whether they do so for all namespaces.
var saved = map[string]bool{"VolumeSnapshot": false, "ScheduledBackup": false, "BackupConfiguration": false, "BackupSchedule": false, "ReplicationSource": false, "SnapshotSchedule": false,
	"Schedule": true, "PolicyGroup": false, "Policy": true, "RecurringJob": true}

func withoutBackup(p *rule.Pass) {
	in, all := backups(p)
	if all {
		return
	}
	stores(p, func(s store) {
		if s.mount == nil || in[s.Namespace()] {
			return
		}
		if _, ok := s.lasting(s.mount.Name); !ok || savedByItself(s.Workload) {
			return
		}
		p.Report(s.Object, s.at, "container %s keeps the data of %s in volume %s, and nothing in these files backs them up", s.c.Name, s.prog.Name, s.mount.Name)
	})
}

// backups are the namespaces in which something makes backups; all, if it does so everywhere.
func backups(p *rule.Pass) (in map[string]bool, all bool) {
	in = map[string]bool{}
	for kind, everywhere := range saved {
		for _, o := range p.OfKind(kind) {
			if o.Custom() == nil || kind == "Policy" && !strings.Contains(o.GVK().Group, "kio") {
				continue
			}
			in[o.Namespace()] = true
			all = all || everywhere
		}
	}
	for _, w := range p.Workloads() {
		if w.Kind() == "CronJob" && (saving.MatchString(w.Name()) || saves(w.Pod)) {
			in[w.Namespace()] = true
		}
	}
	return in, all
}

// saves says that a container of a pod makes backups.
func saves(spec *corev1.PodSpec) bool {
	found := false
	objects.EachContainer(spec, "", func(c *corev1.Container, _ string) {
		words := append(append([]string{c.Name, c.Image}, c.Command...), c.Args...)
		found = found || saving.MatchString(strings.Join(words, " "))
	})
	return found
}

// savedByItself says that a database's own pod makes backups, or is marked for a tool that does.
func savedByItself(w *objects.Workload) bool {
	if t, _ := objects.Template(w.Object.Object); t != nil {
		for key := range t.Annotations {
			if strings.Contains(key, "backup") {
				return true
			}
		}
	}
	for i := range w.Pod.Containers {
		one := &corev1.PodSpec{Containers: w.Pod.Containers[i : i+1]}
		if saves(one) {
			return true
		}
	}
	return false
}
