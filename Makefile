# Everything that people and CI do here. What a target needs it installs itself, pinned,
# into the user's cache folder.
.DEFAULT_GOAL := help
.PHONY: help local local-destroy local-preview local-outputs test integration lint fmt tools

STACK ?= dev
LINT := go tool -modfile=tools/lint/go.mod golangci-lint

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

local: ## Deploy a stack to a local AWS and leave it up (STACK=dev, or an example's name)
	@go run ./cmd/local up -stack $(STACK)

local-destroy: ## Take that stack down again
	@go run ./cmd/local destroy -stack $(STACK)

local-preview: ## Say what `make local` would do
	@go run ./cmd/local preview -stack $(STACK)

local-outputs: ## Print the outputs of a stack that is up locally
	@go run ./cmd/local outputs -stack $(STACK)

test: ## Run the tests that need Go only
	go test ./...

integration: ## Deploy every example on a local AWS, read back, change, destroy
	cd tools/provider-tls && go test ./...
	go test -tags integration -count 1 -timeout 60m -parallel 3 -v ./internal/integration ./internal/localaws ./internal/localdeploy ./cmd/local

lint: ## Check style and tidiness
	$(LINT) run ./...
	go mod tidy -diff

fmt: ## Format the Go code
	$(LINT) fmt ./...

tools: ## Fetch or build the engine, the providers and the local AWS
	@go run ./tools/ensure
