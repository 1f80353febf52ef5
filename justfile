# What contributors run. `just` alone lists the recipes.

_list:
    @just --list

# Check formatting and lints, run unit and API tests: before every commit
check:
    .ci/check

# Run the whole gate, or the parts that are named; it installs Debian packages
ci *parts:
    .ci/run {{ parts }}

# Start the server on the demo data
serve *arguments:
    cargo run --release -- {{ arguments }}

# Run the tests whose names contain a text
test name:
    cargo test --locked {{ name }}

# Write the snapshots that differ; read `git diff` before you commit
accept:
    -INSTA_UPDATE=always cargo test --locked --test api
    git diff --stat -- tests/api

# Compare the server with bare actix and with raw SQLite
bench:
    cargo bench --locked --bench http
