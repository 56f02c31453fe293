#!/bin/sh
set -eu
kubectl apply -f namespace.yaml
kubectl -n logs create secret generic loki --from-file=token=./secrets/loki-token
