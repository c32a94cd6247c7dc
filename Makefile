# Everything a developer runs. Works with GNU make 3.81, which macOS brings, and newer.

.DEFAULT_GOAL := help
SHELL := /bin/sh

# npm brings the Node that everything runs on; nothing but a Node of version 20 or newer is asked of the machine.
NODE := node_modules/.bin/node
INSTALLED := node_modules/.installed
# For tools that are started by name and look for a Node themselves.
WITH_NODE := PATH="$(CURDIR)/node_modules/.bin:$$PATH"
# What Node has compiled once it need not compile again: a start takes 0.5 s instead of 0.8.
export NODE_COMPILE_CACHE := $(CURDIR)/node_modules/.cache/compile
TESTS := $(NODE) --disable-warning=ExperimentalWarning test/run.ts

COMPOSE_DEV := docker compose -f docker-compose-dev.yaml
COMPOSE_PROD := docker compose --env-file .env.prod -f docker-compose.yaml

##@ Everyday

.PHONY: dev
dev: $(INSTALLED) ## Start everything: PostgreSQL, migrations, the API with reload on http://localhost:8000 (PORT=8001 for another)
	@$(NODE) scripts/dev.ts

.PHONY: demo
demo: $(INSTALLED) ## Walk a new user's whole journey against the running `make dev`
	@$(NODE) scripts/demo.ts

.PHONY: run
run: $(INSTALLED) ## Start the API without reload
	@$(NODE) src/main.ts

.PHONY: setup
setup: $(INSTALLED) ## Install, write .env.dev with fresh secrets, install the Git hooks
	@$(NODE) scripts/setup.ts
	@if git rev-parse --git-dir >/dev/null 2>&1; then $(WITH_NODE) lefthook install; else echo "No Git checkout: the hooks are left out."; fi

##@ Tests and checks

.PHONY: test
test: $(INSTALLED) ## Run the tests on a PostgreSQL of their own, or DATABASE_URL's (FILE=src/auth/register.test.ts for one)
	@$(TESTS) $(FILE)

.PHONY: test-verbose
test-verbose: $(INSTALLED) ## The same, and name every test
	@$(TESTS) --verbose $(FILE)

.PHONY: test-cov
test-cov: $(INSTALLED) ## Run the tests with coverage: 100 % of pure folders, 95 % of others; writes coverage/index.html
	@$(TESTS) --coverage $(FILE)

.PHONY: test-browser
test-browser: $(INSTALLED) ## Run the tests that need Chromium (CHROMIUM=/path/to/it, else the one of the system)
	@$(TESTS) --browser

.PHONY: test-image
test-image: $(INSTALLED) ## Perform the steps of the Dockerfile in an empty folder, without an engine, and run the result
	@$(TESTS) test/image.slow-test.ts

.PHONY: test-pgbouncer
test-pgbouncer: $(INSTALLED) ## Run two web processes and one for jobs behind a real PgBouncer in transaction mode
	@$(TESTS) test/pgbouncer.slow-test.ts

.PHONY: test-nginx
test-nginx: $(INSTALLED) ## Run the application behind a real nginx with deploy/nginx.conf
	@$(TESTS) test/nginx.slow-test.ts

.PHONY: test-caddy
test-caddy: $(INSTALLED) ## Run the application behind a real Caddy with deploy/Caddyfile
	@$(TESTS) test/caddy.slow-test.ts

.PHONY: test-attacks
test-attacks: $(INSTALLED) ## Attack two real instances, as docs/SECURITY.md lists (LONG=1 for those that need minutes, FILE=... for one)
	@$(TESTS) --attacks --verbose $(FILE)

.PHONY: test-failures
test-failures: $(INSTALLED) ## Break what the service stands on, and look what becomes of it (LONG=1 for every point, FILE=... for one)
	@$(TESTS) --verbose $(or $(FILE),'test/failures/*.failure-test.ts')

.PHONY: soak
soak: $(INSTALLED) ## Serve at half load for ten minutes, and look whether anything grows (MINUTES=3 for less; on Linux)
	@LONG=1 $(TESTS) --verbose test/failures/soak.slow-test.ts

.PHONY: lint
lint: $(INSTALLED) ## Look for what is wrong or badly formatted
	@$(WITH_NODE) biome check --error-on-warnings .

.PHONY: format
format: $(INSTALLED) ## Format everything and mend what can be mended
	@$(WITH_NODE) biome check --write .

.PHONY: type-check
type-check: $(INSTALLED) ## Check the types
	@$(WITH_NODE) tsc --noEmit

.PHONY: dead-code
dead-code: $(INSTALLED) ## Look for files, exports and dependencies that nothing uses
	@$(WITH_NODE) knip

.PHONY: audit
audit: $(INSTALLED) ## Check the dependencies for known vulnerabilities; fail on high ones in production dependencies
	@$(NODE) scripts/audit.ts

.PHONY: check
check: lint type-check dead-code test ## Everything that a change must pass

.PHONY: ci
ci: ## What the continuous integration runs, on a clean clone
	@.ci/run

.PHONY: bench
bench: $(INSTALLED) ## Measure the API beside its peers and limits (ONLY=me,login for some, QUICK=1 to try it)
	@ONLY="$(ONLY)" QUICK="$(QUICK)" $(NODE) bench/bench.ts

.PHONY: bench-engine
bench-engine: $(INSTALLED) ## Measure the trading engine beside its peers and limits (ONLY=vectorbt,import for some, QUICK=1 to try it)
	@ONLY="$(ONLY)" QUICK="$(QUICK)" $(NODE) bench/engine.ts

.PHONY: bench-results
bench-results: $(INSTALLED) ## Write what they measured last into docs/BENCHMARKS.md
	@$(NODE) bench/results.ts

##@ Migrations (they start the embedded server if none runs)

.PHONY: migrate-create
migrate-create: $(INSTALLED) ## Write a new migration: MESSAGE="add phone to users"
	@MESSAGE="$${MESSAGE:-$$msg}"; $(NODE) scripts/migrate.ts create "$$MESSAGE"

.PHONY: migrate-up
migrate-up: $(INSTALLED) ## Bring the database to the newest version
	@$(NODE) scripts/migrate.ts up

.PHONY: migrate-down
migrate-down: $(INSTALLED) ## Take the newest migration back
	@$(NODE) scripts/migrate.ts down

.PHONY: migrate-status
migrate-status: $(INSTALLED) ## List the migrations and when they were applied
	@$(NODE) scripts/migrate.ts status

##@ Containers

.PHONY: docker-build
docker-build: ## Build the production image
	@docker build -t crypalgos-api .

.PHONY: docker-up
docker-up: ## Start the development containers: API with reload, PostgreSQL, a mail catcher
	@$(COMPOSE_DEV) up --build --detach

.PHONY: docker-logs
docker-logs: ## Follow their logs
	@$(COMPOSE_DEV) logs --follow

.PHONY: docker-down
docker-down: ## Stop the development containers; their data stays
	@$(COMPOSE_DEV) down

.PHONY: dev-shell
dev-shell: ## Open a shell in the API's development container
	@$(COMPOSE_DEV) exec api sh

.PHONY: docker-pin
docker-pin: $(INSTALLED) ## Write the current digest of every image behind its version (CHECK=1 only reports them)
	@$(NODE) scripts/pin-images.ts $(if $(CHECK),--check)

.PHONY: docker-prod-up
docker-prod-up: ## Start the production containers (settings from .env.prod)
	@$(COMPOSE_PROD) up --build --detach

##@ Older names

.PHONY: migrate-dev
migrate-dev: migrate-up ## migrate-up

.PHONY: create-migration
create-migration: migrate-create ## migrate-create, with msg="..."

.PHONY: downgrade-dev
downgrade-dev: migrate-down ## migrate-down

.PHONY: test-coverage
test-coverage: test-cov ## test-cov

.PHONY: dev-up
dev-up: docker-up ## docker-up

.PHONY: dev-down
dev-down: docker-down ## docker-down

.PHONY: dev-logs
dev-logs: docker-logs ## docker-logs

##@ Help

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  %-17s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Installs when the lockfile is newer than the last installation.
$(INSTALLED): package-lock.json
	@command -v npm >/dev/null 2>&1 || { echo "Node with npm is needed: get version 20 or newer at https://nodejs.org"; exit 1; }
	@node scripts/check-node.cjs
	npm ci --include=dev --include=optional --no-audit --no-fund --loglevel=error
	@node scripts/check-node.cjs installed
	@touch $@
