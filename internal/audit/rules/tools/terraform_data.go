package tools

import "github.com/slipway-sh/slipway/internal/audit/rule"

const (
	rds   = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
	disks = "https://cloud.google.com/compute/docs/disks"
)

// terraformDataRules are about the disks and databases that Terraform makes.
var terraformDataRules = []*rule.Rule{
	{ID: "terraform-no-deletion-protection", Severity: rule.Risk, Title: "Nothing keeps a cluster or database from being deleted",
		Why:     "A renamed resource or a careless destroy deletes it with its data.",
		Advice:  "set deletion_protection = true",
		Sources: []string{provider + "aws/latest/docs/resources/db_instance#deletion_protection-1"}},
	{ID: "terraform-disk-not-protected", Severity: rule.Risk, Title: "A plan may delete a disk with data",
		Why:     "A new name, zone or type replaces the disk by an empty one.",
		Advice:  "add lifecycle { prevent_destroy = true }",
		Sources: []string{hcl + "meta-arguments/lifecycle#prevent_destroy"}},
	{ID: "terraform-disk-without-snapshots", Severity: rule.Risk, Title: "Nothing makes snapshots of a disk with data",
		Why:     "What is deleted or damaged on it is gone.",
		Advice:  "add a schedule of snapshots and attach it to the disk",
		Sources: []string{disks + "/scheduled-snapshots"}},
	{ID: "terraform-disk-in-other-zone", Severity: rule.Broken, Title: "A disk is in another zone than the cluster",
		Why:     "A zonal disk can be attached in its own zone only: the pod that wants it waits for ever.",
		Advice:  "put the disk into the zone of the nodes",
		Sources: []string{disks + "#pdspecs"}},
	{ID: "terraform-slow-disk", Severity: rule.Risk, Title: "A database's disk is a magnetic one",
		Why:     "pd-standard makes 0.75 reads and 1.5 writes a second for every GB; a small one makes fewer than any database needs.",
		Advice:  "use pd-balanced or pd-ssd, gp3 at Amazon, Premium at Azure",
		Sources: []string{disks + "/performance"}},
	{ID: "terraform-public-database", Severity: rule.Risk, Title: "A database has a public address",
		Why:     "One weak password or one hole stands between the internet and all data.",
		Advice:  "give it a private address",
		Sources: []string{rds + "USER_VPC.WorkingWithRDSInstanceinaVPC.html"}},
	{ID: "terraform-database-without-backups", Severity: rule.Risk, Title: "A database makes no automatic backups",
		Why:     "After a mistake there is nothing to go back to.",
		Advice:  "turn them on, with point-in-time recovery",
		Sources: []string{"https://cloud.google.com/sql/docs/postgres/backup-recovery/backups"}},
	{ID: "terraform-database-in-one-zone", Severity: rule.Risk, Title: "A database is in one zone",
		Why:     "It is away when the zone fails, and during maintenance.",
		Advice:  `set availability_type = "REGIONAL", or multi_az = true at Amazon`,
		Sources: []string{"https://cloud.google.com/sql/docs/postgres/high-availability"}},
	{ID: "terraform-no-final-snapshot", Severity: rule.Risk, Title: "A database is deleted without a last snapshot",
		Why:     "skip_final_snapshot deletes the data together with the instance.",
		Advice:  "set skip_final_snapshot = false and a final_snapshot_identifier",
		Sources: []string{rds + "USER_DeleteInstance.html"}},
	{ID: "terraform-unencrypted-database", Severity: rule.Risk, Title: "A database is stored unencrypted",
		Why:     "It and its snapshots are plain on the provider's disks, and this cannot be changed later.",
		Advice:  "set storage_encrypted = true",
		Sources: []string{rds + "Overview.Encryption.html"}},
}
