variable "project" {
  type = string
}

variable "region" {
  type    = string
  default = "europe-west3"
}

variable "admin_networks" {
  description = "From where the cluster is administered."
  type        = map(string)
}

variable "grafana_password" {
  type      = string
  sensitive = true
}
