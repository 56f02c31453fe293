resource "google_compute_network" "search" {
  name                    = "search"
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "nodes" {
  name                     = "search-nodes"
  network                  = google_compute_network.search.id
  region                   = var.region
  ip_cidr_range            = "10.20.0.0/20"
  private_ip_google_access = true

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = "10.24.0.0/14"
  }

  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = "10.28.0.0/20"
  }
}

resource "google_compute_router" "out" {
  name    = "search-out"
  network = google_compute_network.search.id
  region  = var.region
}

resource "google_compute_router_nat" "out" {
  name                               = "search-out"
  router                             = google_compute_router.out.name
  region                             = var.region
  nat_ip_allocate_option             = "AUTO_ONLY"
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
}

resource "google_compute_firewall" "web" {
  name          = "search-web"
  network       = google_compute_network.search.id
  source_ranges = ["0.0.0.0/0"]
  target_tags   = ["gateway"]

  allow {
    protocol = "tcp"
    ports    = ["80", "443"]
  }
}
