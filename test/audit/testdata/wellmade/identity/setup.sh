#!/usr/bin/env bash
# Operators of the cluster, then what this application needs of credentials.
set -euo pipefail

kubectl apply --server-side -f https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/release-1.28/releases/cnpg-1.28.0.yaml
helm upgrade --install cilium oci://quay.io/cilium/charts/cilium --version 1.18.4 --namespace kube-system --set ingressController.enabled=true
helm repo add prometheus-community https://prometheus-community.github.io/helm-charts
helm upgrade --install monitoring prometheus-community/kube-prometheus-stack --namespace monitoring --create-namespace
helm upgrade --install cert-manager oci://quay.io/jetstack/charts/cert-manager --namespace cert-manager --create-namespace --set crds.enabled=true

kubectl create namespace identity --dry-run=client -o yaml | kubectl apply -f -
kubectl label namespace identity pod-security.kubernetes.io/enforce=restricted --overwrite
kubectl create secret generic keycloak-bootstrap -n identity --from-file=username=secrets/admin-name --from-file=password=secrets/admin-password
kubectl create secret generic backup-store -n identity --from-env-file=secrets/s3.env
