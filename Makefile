# Langbord. `make demo` and `make test` are all that a newcomer needs; both install what is missing.

# Statements are checked against .sqlx, whatever database the environment names.
export SQLX_OFFLINE = true

.DEFAULT_GOAL := help
.PHONY: help setup demo test check nightly gallery sqlx

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing for demo and test (apt or brew)
	@scripts/setup test

demo: ## Play a season of dinners by mail, with simulated guests
	@scripts/setup demo
	cargo build --locked
	cargo run --locked --quiet -- demo

test: ## Pass every test, against a real Postgres, Dovecot and SMTP server
	@scripts/setup test
	cargo test --locked

check: ## Format, lints, dependencies, SQL, spelling: what comes before the tests
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	scripts/check-deny
	scripts/check-sql
	scripts/check-spelling

nightly: ## A whole simulated year, and ten minutes of fuzzing each target; takes an hour
	@scripts/setup test
	scripts/nightly

gallery: ## Look at every letter in every language, on a phone and on a desk
	@scripts/setup gallery
	scripts/gallery

sqlx: ## Write .sqlx anew after a change of SQL
	scripts/sqlx
