#!/bin/sh
# What stands beside the manifests: the gateway, certificates, and credentials that no repository holds.
set -eu

helm upgrade --install traefik oci://ghcr.io/traefik/helm/traefik --version 37.4.0 --namespace traefik --create-namespace
helm upgrade --install cert-manager oci://quay.io/jetstack/charts/cert-manager --version v1.19.1 \
  --namespace cert-manager --create-namespace --set crds.enabled=true

kubectl apply -f namespace.yaml
kubectl -n booking create secret generic db-owner --from-file=password=./secrets/db-owner
kubectl -n booking create secret generic db-app --from-file=password=./secrets/db-app
kubectl -n booking create secret generic backup-target \
  --from-file=rclone.conf=./secrets/rclone.conf --from-file=recipient=./secrets/age-recipient
