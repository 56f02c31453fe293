#!/bin/sh
set -eu
helm upgrade --install cert-manager oci://quay.io/jetstack/charts/cert-manager --version v1.19.1 \
  --namespace cert-manager --create-namespace --set crds.enabled=true
kubectl apply -f 00-namespace.yaml
kubectl -n wiki create secret generic redis --from-file=password=./secrets/redis
kubectl -n wiki create secret generic redis-exporter --from-file=passwords.json=./secrets/redis-exporter.json
kubectl -n wiki create secret generic database --from-file=password=./secrets/database --from-file=ca.crt=./secrets/database-ca.crt
kubectl -n wiki create secret generic session --from-file=key=./secrets/session
kubectl -n wiki create secret docker-registry registry --docker-server=registry.example.com \
  --docker-username="$REGISTRY_USER" --docker-password="$REGISTRY_TOKEN"
