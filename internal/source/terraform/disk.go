package terraform

import (
	"fmt"
	"slices"
	"strconv"
)

// snapshots are the resources that back up the disks of a module. Which disks they mean is often chosen by labels.
var snapshots = map[string][]string{
	"google_compute_disk":        {"google_compute_disk_resource_policy_attachment", "google_backup_dr_backup_plan_association"},
	"google_compute_region_disk": {"google_compute_region_disk_resource_policy_attachment", "google_backup_dr_backup_plan_association"},
	"aws_ebs_volume":             {"aws_dlm_lifecycle_policy", "aws_backup_plan", "aws_backup_selection"},
	"azurerm_managed_disk":       {"azurerm_data_protection_backup_instance_disk", "azurerm_backup_protected_vm"},
}

// slow are the arguments and values that mean magnetic disks.
var slow = map[string]struct {
	argument string
	values   []string
	fallback bool // what is meant if nothing is written
}{
	"google_compute_disk":        {"type", []string{"pd-standard"}, true},
	"google_compute_region_disk": {"type", []string{"pd-standard"}, true},
	"aws_ebs_volume":             {"type", []string{"standard", "st1", "sc1"}, false},
	"azurerm_managed_disk":       {"storage_account_type", []string{"Standard_LRS", "Standard_ZRS"}, false},
}

func checkDisk(m *module, b block) {
	// A disk made from an image is the disk of a machine; its content can be made again.
	if b.has("image") {
		return
	}
	if l := b.attr("lifecycle", "prevent_destroy"); !m.is(l, "true") {
		m.report("terraform-disk-not-protected", b, b.DefRange(), "lifecycle.prevent_destroy",
			"nothing keeps a plan from deleting the disk with its data: a new name, zone or type replaces it by an empty one",
			"Add lifecycle { prevent_destroy = true }.")
	}
	if m.all && !slices.ContainsFunc(snapshots[b.kind()], func(kind string) bool { return len(m.kinds[kind]) > 0 }) {
		m.report("terraform-disk-without-snapshots", b, b.DefRange(), "",
			"nothing makes snapshots of the disk: what is deleted or damaged on it is gone",
			fmt.Sprintf("Add a snapshot schedule and attach it, for this disk with a %s.", snapshots[b.kind()][0]))
	}
	m.slowDisk(b)
}

func (m *module) slowDisk(b block) {
	s := slow[b.kind()]
	a := b.attr(s.argument)
	if a == nil && !s.fallback {
		return
	}
	at, kind := b.DefRange(), s.values[0]
	if a != nil {
		text, exact := m.text(a.Expr)
		if !exact || !slices.Contains(s.values, text) {
			return
		}
		at, kind = a.SrcRange, text
	}
	text := fmt.Sprintf("%s is a magnetic disk, too slow for a database", kind)
	if size := m.number(b, "size"); kind == "pd-standard" && size > 0 {
		// 0.75 reads and 1.5 writes a second for every GB.
		if size >= 1000 {
			return
		}
		text = fmt.Sprintf("pd-standard is a magnetic disk: with %d GB it makes about %d reads and %d writes a second, too few for a database", size, size*3/4, size*3/2)
	}
	m.report("terraform-slow-disk", b, at, s.argument, text, "Use pd-balanced or pd-ssd (gp3 at Amazon, Premium_LRS or PremiumV2_LRS at Azure); a disk of a given type cannot be changed, restore a snapshot to the new one.")
}

func (m *module) number(b block, name string) int {
	a := b.attr(name)
	if a == nil {
		return 0
	}
	s, exact := m.text(a.Expr)
	n, err := strconv.Atoi(s)
	if !exact || err != nil || n < 0 || n > 1<<20 {
		return 0
	}
	return n
}

// checkDiskZone compares the zone of a disk with that of the only cluster.
func checkDiskZone(m *module, b block) {
	a := b.attr("zone")
	if a == nil {
		return
	}
	disk, exact := m.text(a.Expr)
	if !exact || !zone.MatchString(disk) {
		return
	}
	clusters := m.kinds["google_container_cluster"]
	if len(clusters) != 1 || clusters[0].has("node_locations") {
		return
	}
	_, where := m.location(clusters[0])
	if zone.MatchString(where) && !unknownPart(where) && where != disk || region.MatchString(where) && disk[:len(disk)-2] != where {
		m.report("terraform-disk-in-other-zone", b, a.SrcRange, "zone",
			fmt.Sprintf("the disk is in %s and the cluster in %s: no pod can ever mount it", disk, where),
			"Put the disk in the zone of the nodes.")
	}
}
