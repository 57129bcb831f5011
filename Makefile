PYTHON ?= python3

run: ## Start the server with demo data on http://127.0.0.1:8000 (PORT=)
	@$(PYTHON) bootstrap.py run

test: ## All tests on SQLite and memory
	@$(PYTHON) bootstrap.py test

test-services: ## All tests on PostgreSQL and Redis (DATABASE_URL=, REDIS_URL=)
	@$(PYTHON) bootstrap.py test-services

test-long: ## The tests that take many rounds
	@$(PYTHON) bootstrap.py test-long

lint: ## ruff, mypy, import rules, missing migrations
	@$(PYTHON) bootstrap.py lint

format: ## Let ruff format and repair
	@$(PYTHON) bootstrap.py python -m ruff format
	@$(PYTHON) bootstrap.py python -m ruff check --fix

openapi: ## Write docs/openapi.yaml anew
	@$(PYTHON) bootstrap.py python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

messages: ## Collect and compile translations (needs gettext)
	@$(PYTHON) bootstrap.py python manage.py makemessages -l zh_Hans -i .venv -i node_modules --no-location --no-obsolete
	@$(PYTHON) bootstrap.py python manage.py compilemessages -i .venv

lock: ## Pin requirements.in and requirements-dev.in with hashes
	@$(PYTHON) bootstrap.py python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements.in -o requirements.txt
	@$(PYTHON) bootstrap.py python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements-dev.in -o requirements-dev.txt
	@$(PYTHON) bootstrap.py python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements-sentry.in -o requirements-sentry.txt
	@$(PYTHON) bootstrap.py python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate requirements-otel.in -o requirements-otel.txt

audit: ## Ask a vulnerability database about every pinned package
	@$(PYTHON) bootstrap.py python manage.py audit

bench: ## Measure, and print ratios
	@$(PYTHON) bootstrap.py python -m bench.rest
	@$(PYTHON) bootstrap.py python -m bench.sync
	@$(PYTHON) bootstrap.py python -m bench.keepalive
	@$(PYTHON) bootstrap.py python -m bench.chat
	@$(PYTHON) bootstrap.py python -m bench.growth

help: ## Show these targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 16

.PHONY: run test test-services test-long lint format openapi messages lock audit bench help
