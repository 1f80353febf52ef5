# What contributors run. `just` alone lists the recipes.

_list:
    @just --list

# Format check, lints, unit and API tests: what to run before every commit
check:
    .ci/check

# Everything that the gate runs, in a few more minutes than a coffee takes
ci:
    .ci/run

# Start the server on the demo data
serve *arguments:
    cargo run --release -- {{arguments}}

# Run the tests whose names contain a text
test name:
    cargo test --locked {{name}}

# Accept the snapshots that differ, after a look at `git diff`
accept:
    INSTA_UPDATE=always cargo test --locked --test api || true
    git diff --stat -- tests/api

# Compare the server with bare actix and with raw SQLite
bench:
    cargo bench --locked --bench http
