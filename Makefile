FUZZTIME ?= 10s
RUNS ?= 300
SEED ?= 1

.PHONY: help build check test clickhouse campaign interop fuzz bench

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

build: ## bin/ducat
	go build -o bin/ducat ./cmd/ducat

check: ## everything that CI checks
	.ci/run

test: ## the tests, with the race detector
	go test -race ./...

clickhouse: ## what the tests of ClickHouse need: its engine as a library (x86-64 Linux, npm)
	cd internal/clickhouse/chdbtest && npm ci --ignore-scripts

campaign: ## the books against RUNS (300) random schedules of faults, from SEED (1) on
	go test ./internal/cli -run '^TestCampaign$$' -v -count 1 -timeout 0 -parallel 2 -seed $(SEED) -runs $(RUNS)

interop: build ## the simulator, the server and the tools for agents against clients that are not ours (node 20, npm)
	cd interop && npm ci --ignore-scripts && npm test

fuzz: ## every fuzz target for FUZZTIME (10s)
	@set -e; for package in $$(go list ./...); do \
		targets=$$(go test -list '^Fuzz' $$package); \
		for target in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "$$package $$target"; \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$package; \
		done; \
	done

bench: ## ours against simple baselines; fails where a target is missed
	go run ./bench
