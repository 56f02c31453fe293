resource "google_sql_database_instance" "catalogue" {
  name                = "catalogue"
  database_version    = "POSTGRES_17"
  region              = var.region
  deletion_protection = true

  settings {
    tier              = "db-custom-2-8192"
    availability_type = "REGIONAL"
    disk_type         = "PD_SSD"

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
    }

    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.search.id
      ssl_mode        = "ENCRYPTED_ONLY"
    }
  }
}

resource "google_sql_user" "indexer" {
  name     = "indexer"
  instance = google_sql_database_instance.catalogue.name
  password = random_password.indexer.result
}

resource "random_password" "indexer" {
  length = 32
}
