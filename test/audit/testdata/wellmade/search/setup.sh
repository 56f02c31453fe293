#!/bin/sh
set -eu
helm upgrade --install cert-manager oci://quay.io/jetstack/charts/cert-manager --namespace cert-manager --create-namespace --set crds.enabled=true
kubectl apply -f namespace.yaml
kubectl -n search create secret generic elasticsearch --from-file=password=secrets/elasticsearch
kubectl -n search create secret tls inside-ca --cert=secrets/ca.crt --key=secrets/ca.key
