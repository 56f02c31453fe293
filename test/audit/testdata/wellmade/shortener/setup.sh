#!/bin/sh
# Run before: helm upgrade --install shortener . --namespace shortener
set -eu
kubectl create namespace shortener
kubectl label namespace shortener pod-security.kubernetes.io/enforce=restricted
kubectl -n shortener create quota shortener --hard=requests.cpu=4,requests.memory=4Gi,limits.memory=6Gi
kubectl -n shortener create secret generic shortener-database --from-file=username=./secrets/user --from-file=password=./secrets/password
kubectl -n shortener create secret generic shortener-cache --from-file=password=./secrets/cache
