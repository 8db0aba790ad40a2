# Everything that people and CI do here. What a target needs it installs itself, pinned,
# into the user's cache folder.
.DEFAULT_GOAL := help
.PHONY: help local local-destroy local-preview local-outputs bundles local-bundles notebook bastion-up bastion-down check local-check recover test fuzz integration examples exhaustive guests lint fmt tools

STACK ?= dev
FUZZTIME ?= 30s
LINT := .local/golangci-lint
ACTIONLINT := .local/actionlint

# With -v the compiler names each package it compiles, and nothing when all are there: on
# a cold machine the AWS SDK alone takes minutes, which must not pass in silence.
define local
@echo "Compiling cmd/local: seconds, but 5 to 10 minutes the first time, as the AWS SDK is large."
@go build -v -o .local/torii-local ./cmd/local
@.local/torii-local $(1) -stack $(STACK) $(2)
endef

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

local: ## Deploy a stack to a local AWS and leave it up (STACK=dev, or an example's name)
	$(call local,up)

local-destroy: ## Take that stack down again
	$(call local,destroy)

local-preview: ## Say what `make local` would do
	$(call local,preview)

local-outputs: ## Print the outputs of a stack that is up locally
	$(call local,outputs)

bundles: ## Write the client certificates of a stack in AWS to files (STACK=dev, OUT=folder; default bundles/<stack>)
	@pulumi stack output clientBundles --json --show-secrets --stack "$(STACK)" | \
	  go run ./cmd/bundles -out "$(or $(OUT),bundles/$(STACK))"

local-bundles: ## Do so for a stack that is up locally (OUT=folder; default .local/<stack>/bundles)
	$(call local,output clientBundles,| go run ./cmd/bundles -out "$(or $(OUT),.local/$(STACK)/bundles)")

notebook: ## Open a notebook in the browser (NAME=ken-2, TEAM= where several have it; without NAME: list them)
	@scripts/open-notebook $(if $(TEAM),--team $(TEAM)) $(NAME)

bastion-up: ## Start a stack's bastion, which ends itself after some hours (STACK=dev)
	@scripts/bastion --stack $(STACK) up

bastion-down: ## End a stack's bastion (STACK=dev)
	@scripts/bastion --stack $(STACK) down

check: .local/torii-check ## Ask AWS whether what is up is what was asked for (STACK=dev; WAIT=15m waits for what starts)
	@.local/torii-check -stack $(STACK) $(if $(WAIT),-wait $(WAIT))

local-check: .local/torii-check ## Ask the local AWS the same of a stack that is up there
	@.local/torii-check -local -stack $(STACK)

recover: ## Find what an update that was cut off made unnoticed (STACK=dev; YES=1 writes it into the state)
	@go run ./cmd/recover -stack $(STACK) $(if $(YES),-yes)

# Always, as Go knows better than make what has changed.
.PHONY: .local/torii-check
.local/torii-check:
	@echo "Compiling cmd/check: seconds, but 5 to 10 minutes the first time, as the AWS SDK is large."
	@go build -v -o $@ ./cmd/check

test: ## Run the tests that need Go only
	@echo "Compiling: seconds, but 5 to 10 minutes the first time, as the AWS SDK is large."
	@go build -v ./...
	go test ./...

fuzz: ## Try settings that nobody would write, for 30 seconds (FUZZTIME=10m for longer)
	go test -run '^$$' -fuzz '^FuzzLoad$$' -fuzztime $(FUZZTIME) ./stack/settings

integration: examples guests ## Both of the next two

examples: ## Deploy every example on a local AWS, read back, change, destroy
	cd tools/provider-tls && go test ./...
	@echo "Compiling the tests: seconds, but some minutes without a word the first time."
	go test -tags integration -count 1 -timeout 60m -parallel 4 -v ./internal/integration ./internal/localaws ./internal/localdeploy ./internal/opener ./internal/iamsimulator ./security/access ./edge ./edge/authority ./compute/fleet ./network ./cmd/local ./internal/review ./bootstrap ./stack ./examples/second-service/service

exhaustive: ## Deploy what the next change rarely breaks and CI has no time for (an hour and more)
	@echo "Compiling the tests: seconds, but some minutes without a word the first time."
	go test -tags integration,exhaustive -count 1 -timeout 150m -v -run 'TestClientCertOfAnAuthority|TestFleetBegins|TestHubMoves|TestStages|TestUpdatesThatAreCutOff|TestWhatIsForgotten' ./internal/integration

guests: ## Boot the machines for real and use them with a browser (root on Debian or Ubuntu)
	@echo "Compiling the tests: seconds, but a minute or two without a word the first time."
	go test -tags integration -count 1 -timeout 40m -parallel 2 -v ./internal/guest

lint: $(LINT) $(ACTIONLINT) ## Check style, tidiness and the workflows
	$(LINT) run ./...
	go mod tidy -diff
	$(ACTIONLINT) -pyflakes=

$(LINT): tools/lint/go.mod tools/lint/go.sum
	@echo "Building golangci-lint: about 4 minutes the first time."
	@go build -v -modfile=tools/lint/go.mod -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

$(ACTIONLINT): tools/actionlint/go.mod tools/actionlint/go.sum
	@echo "Building actionlint: half a minute the first time."
	@go build -modfile=tools/actionlint/go.mod -o $@ github.com/rhysd/actionlint/cmd/actionlint

fmt: $(LINT) ## Format the Go code
	$(LINT) fmt ./...

tools: ## Fetch or build the engine, the providers and the local AWS
	@go run ./tools/ensure
