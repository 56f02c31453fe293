package terraform

func checkGoogleDatabase(m *module, b block) {
	if m.is(b.attr("deletion_protection"), "false") {
		m.unprotected(b, "the database")
	}
	if len(nested(b.Body, "settings")) > 0 && !b.has("master_instance_name") {
		if !m.maybe(b, "true", "settings", "backup_configuration", "enabled") {
			m.noBackups(b, "settings.backup_configuration.enabled", "Set backup_configuration { enabled = true } and point_in_time_recovery_enabled (binary_log_enabled for MySQL).")
		}
		if !m.maybe(b, "REGIONAL", "settings", "availability_type") {
			m.oneZone(b, "settings.availability_type", `Set availability_type = "REGIONAL".`)
		}
	}
	if a := b.attr("settings", "disk_type"); m.is(a, "PD_HDD") {
		m.report("terraform-slow-disk", b, a.SrcRange, "settings.disk_type", "PD_HDD is a magnetic disk, too slow for a database", `Set disk_type = "PD_SSD".`)
	}
	for _, settings := range nested(b.Body, "settings") {
		for _, ip := range nested(settings, "ip_configuration") {
			for _, n := range nested(ip, "authorized_networks") {
				if a := n.Attributes["value"]; m.is(a, "0.0.0.0/0") {
					m.report("terraform-public-database", b, a.SrcRange, "settings.ip_configuration.authorized_networks.value",
						"the database answers the whole internet", "Use a private address (private_network) or the Cloud SQL proxy, and remove the network.")
				}
			}
		}
	}
}

func checkAmazonDatabase(m *module, b block) {
	if a := b.attr("publicly_accessible"); m.is(a, "true") {
		m.report("terraform-public-database", b, a.SrcRange, "publicly_accessible",
			"the database has a public address", "Set publicly_accessible = false and put it in private subnets.")
	}
	if !m.maybe(b, "true", "deletion_protection") {
		m.unprotected(b, "the database")
	}
	if a := b.attr("skip_final_snapshot"); m.is(a, "true") {
		m.report("terraform-no-final-snapshot", b, a.SrcRange, "skip_final_snapshot",
			"when the database is deleted, its data is deleted without a last snapshot", "Set skip_final_snapshot = false and a final_snapshot_identifier.")
	}
	if !m.maybe(b, "true", "storage_encrypted") && !b.has("snapshot_identifier") {
		m.report("terraform-unencrypted-database", b, b.DefRange(), "storage_encrypted",
			"the database and its backups are stored unencrypted, and this cannot be changed later", "Set storage_encrypted = true.")
	}
	if b.kind() != "aws_db_instance" || b.has("replicate_source_db") {
		return
	}
	if a := b.attr("backup_retention_period"); a == nil || m.is(a, "0") {
		m.noBackups(b, "backup_retention_period", "Set backup_retention_period to the days that you may need to go back, such as 14.")
	}
	if !m.maybe(b, "true", "multi_az") {
		m.oneZone(b, "multi_az", "Set multi_az = true.")
	}
}

func checkAzureDatabase(m *module, b block) {
	if a := b.attr("public_network_access_enabled"); m.is(a, "true") {
		m.report("terraform-public-database", b, a.SrcRange, "public_network_access_enabled",
			"the database has a public address", "Set public_network_access_enabled = false and use a private endpoint or a delegated subnet.")
	}
}

func (m *module) noBackups(b block, field, advice string) {
	m.report("terraform-database-without-backups", b, b.DefRange(), field, "the database makes no automatic backups", advice)
}

func (m *module) oneZone(b block, field, advice string) {
	m.report("terraform-database-in-one-zone", b, b.DefRange(), field, "the database is in one zone and away when it fails", advice)
}
