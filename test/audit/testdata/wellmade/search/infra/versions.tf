terraform {
  required_version = ">= 1.9"
  required_providers {
    random = {
      source  = "hashicorp/random"
      version = "~> 3.7"
    }
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
  backend "gcs" {
    bucket = "search-terraform-state"
    prefix = "cluster"
  }
}

provider "google" {
  project = var.project
  region  = var.region
}
