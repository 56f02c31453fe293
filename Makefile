# What a newcomer types: make demo, make test. Both install what they need (as root) and print what they do.
GO      ?= go
LINT    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
CACHE   := $(CURDIR)/.cache
SHOP    := examples/shop
DB      := $(CACHE)/shop-mariadb.tar
K8S     := $(CACHE)/kubernetes
K8SFLAG := -s -w -X k8s.io/component-base/version.gitVersion=v1.36.3 -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=36
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

# Without Kustomize's Go plugins, which Slipway refuses, the program is 18 MB smaller.
TAGS    := seccomp,kustomize_disable_go_plugin_support

export PATH := $(PATH):/usr/local/go/bin

.PHONY: build demo demo-down test unit e2e lint bench bench-audit clean

build:
	@scripts/setup build
	$(GO) build -tags $(TAGS) -ldflags "-s -w -X main.version=$(VERSION)" -o bin/ ./cmd/...

# The shop, live on this machine: front, API, migration and database behind the gateway.
demo: build $(DB)
	$(SHOP)/secrets/make
	bin/slipway image import --entrypoint entrypoint.sh --user 999:999 $(DB) shop/mariadb:10.11
	bin/slipway up -f $(SHOP)/compose.yaml
	@echo; echo "Log in as admin@shop.example with the password in $(SHOP)/secrets/admin_password.txt"

demo-down:
	bin/slipway down --volumes -f $(SHOP)/compose.yaml
	bin/slipway engine stop --all

$(DB): $(SHOP)/db/build $(SHOP)/db/entrypoint.sh $(SHOP)/db/healthcheck.sh
	@scripts/setup build
	@mkdir -p $(CACHE)
	$(SHOP)/db/build $@

$(K8S): $(wildcard test/kubernetes/*.go) test/kubernetes/go.mod
	@mkdir -p $(CACHE)
	cd test/kubernetes && CGO_ENABLED=0 $(GO) build -ldflags "$(K8SFLAG)" -o $@ .

test: lint unit e2e

lint:
	@scripts/setup build
	@test -z "$$(gofmt -l cmd internal test examples)" || { gofmt -l cmd internal test examples; exit 1; }
	$(GO) vet -tags $(TAGS) ./...
	cd $(SHOP) && $(GO) vet ./...
	GOBIN=$(CACHE)/bin $(GO) install $(LINT)
	$(CACHE)/bin/golangci-lint run --build-tags $(TAGS) ./...

# Built side by side, run one after the other: most of them watch a machine that has two processors.
# The tests use the kubectl of this machine; where there is none, that of the Kubernetes modules.
$(CACHE)/bin/kubectl: $(K8S)
	@mkdir -p $(@D)
	printf '#!/bin/sh\nexec %s kubectl "$$@"\n' $(K8S) > $@ && chmod +x $@

unit: $(CACHE)/bin/kubectl
	@scripts/setup build test
	$(GO) build -tags $(TAGS) -race -o /dev/null ./cmd/... ./internal/...
	PATH="$(PATH):$(CACHE)/bin" $(GO) test -tags $(TAGS) -race -p 1 -timeout 20m ./cmd/... ./internal/... ./test/layout/...

e2e: build $(DB) $(K8S)
	@scripts/setup test
	$(SHOP)/secrets/make
	SLIPWAY_BIN=$(CURDIR)/bin SLIPWAY_SHOP_DB=$(DB) SLIPWAY_KUBERNETES=$(K8S) $(GO) test -count=1 -v -timeout 30m -p 1 ./test/contract/... ./test/audit/... ./test/e2e/...

bench: bench-audit build $(DB) $(K8S)
	@scripts/setup test bench
	SLIPWAY_BIN=$(CURDIR)/bin SLIPWAY_SHOP_DB=$(DB) SLIPWAY_KUBERNETES=$(K8S) $(GO) run ./test/bench

bench-audit: build
	GOBIN=$(CACHE)/bin $(GO) install github.com/zegl/kube-score/cmd/kube-score@v1.20.0
	GOBIN=$(CACHE)/bin $(GO) install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
	cd test/kubernetes && $(GO) mod download k8s.io/kubernetes
	$(GO) run ./test/bench/audit bin/slipway $(CACHE)/bin/kube-score $(CACHE)/bin/kubeconform \
		"$$(cd test/kubernetes && $(GO) list -m -f '{{.Dir}}' k8s.io/kubernetes)/api/openapi-spec/swagger.json"

clean:
	rm -rf bin $(CACHE)
