#!/bin/sh
# The gateway with its own kinds (IngressRoute, Middleware …), certificates, and what no repository holds.
set -eu
helm repo add traefik https://traefik.github.io/charts
helm upgrade --install traefik traefik/traefik --version 37.4.0 --namespace traefik --create-namespace
helm repo add jetstack https://charts.jetstack.io
helm upgrade --install cert-manager jetstack/cert-manager --version v1.19.1 --namespace cert-manager --create-namespace --set crds.enabled=true

kubectl apply -f namespace.yaml
kubectl -n events create secret generic nats-auth --from-file=auth.conf=./secrets/auth.conf
kubectl -n events create secret generic console-users --from-file=users=./secrets/users.htpasswd
kubectl -n events create secret generic console-nats --from-file=user.creds=./secrets/console.creds
