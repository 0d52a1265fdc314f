# Madoguchi. `make help` lists what there is.
SHELL      := /bin/sh
GO         ?= go
# 'twin' lets tests switch off one check at a time (internal/check); no delivered binary is built with it.
# 'pcsc' is the machine's card readers (device/reader), through libpcsclite and so with cgo.
TEST_TAGS  := twin,pcsc
TEST_TIME  := 15m
DEMO_DIR   ?= demo-state
TOOLS      := $(CURDIR)/.tools
LINT       := golangci-lint
LINT_MODULE := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZ_TIME  ?= 60s
CUTS       ?= 50
FUZZ       ?= .
export GOFLAGS := -buildvcs=false

.PHONY: help demo build pcsc test short lint docs fuzz bench soak powercut schemas needs clean gallery

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## try it: kiosk, mailbox, broker and virtual cards in this terminal
	@bin/demo --world $(DEMO_DIR)

build: ## bin/kiosk, bin/mailbox, bin/demo, bin/cardsim (no cgo)
	@mkdir -p bin
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/ ./cmd/...

pcsc: ## bin/kiosk with the machine's card readers (cgo, libpcsclite-dev)
	@mkdir -p bin
	CGO_ENABLED=1 $(GO) build -trimpath -tags pcsc -o bin/kiosk ./cmd/kiosk

test: needs ## all tests, with the race detector, and the build without cgo
	CGO_ENABLED=0 $(GO) build ./...
	$(GO) vet -tags $(TEST_TAGS) ./...
	CGO_ENABLED=1 $(GO) test -race -tags $(TEST_TAGS) -timeout $(TEST_TIME) ./...

short: ## the tests without the long kill loops and the race detector
	$(GO) test -short -tags $(TEST_TAGS) -timeout 5m ./...

lint: $(TOOLS)/$(LINT) ## the linters (.golangci.yml), pinned
	$(TOOLS)/$(LINT) run --build-tags $(TEST_TAGS) ./...

$(TOOLS)/$(LINT): Makefile
	GOBIN=$(TOOLS) $(GO) install $(LINT_MODULE)
	@touch $@

docs: ## docs/failure-codes.md, from the catalogue of failures and the language files
	$(GO) test ./fault -run '^TestDocument$$' -update

schemas: ## docs/schemas, the JSON Schemas of the forms' documents
	UPDATE=1 $(GO) test ./forms -run TestSchemasArePublished -count=1

fuzz: ## every fuzz target in turn, FUZZ_TIME each (60s); FUZZ=regexp for some of them
	@deploy/fuzz-all $(FUZZ_TIME) '$(FUZZ)'

bench: needs ## figures beside their rivals, in one run
	$(GO) test -tags $(TEST_TAGS) -run '^$$' -bench . -benchtime 2s ./...

gallery: ## every screen in every language and size, as text and pictures (Debian packages, root or sudo)
	@deploy/test-packages gallery
	@mkdir -p bin gallery
	$(GO) build -o bin/gallery ./internal/gallery
	cp ui/tview/testdata/*.txt gallery/
	bin/gallery draw gallery
	@echo "look at gallery/index.html"

soak: ## the kill loops, ten minutes long
	MADOGUCHI_SOAK=10m $(GO) test -tags $(TEST_TAGS) -timeout 60m -run Kill -v ./sync/... ./internal/whole

powercut: ## kiosk and mailbox in a machine (QEMU) whose power is cut, CUTS times (50)
	@deploy/powercut-packages $(TOOLS)/kernel
	MADOGUCHI_KERNEL=$(TOOLS)/kernel MADOGUCHI_CUTS=$(CUTS) $(GO) test -tags twin,powercut -timeout 90m -v ./internal/powercut

needs: ## the Debian packages that the tests use (root or sudo)
	@deploy/test-packages

clean: ## bin, tools and the demo's state
	rm -rf bin $(TOOLS) $(DEMO_DIR)
