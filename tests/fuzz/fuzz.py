"""Runs Schemathesis against the four OpenAPI documents of the program, each on a server of its own,
with credentials that are good; the control API's in two parts."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
SEED = 20260101
ADMIN = "fuzz-token-of-this-run"
CHECKS = [
    "no_internal_failure",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
]
# Resets, snapshots and provider states change what the rest of a run finds. Streams never end.
STATES = "^/(reset|snapshots|state|pact)"
STREAMS = "^/(requests/stream|events$)"
# The document, examples for each operation, checks, which paths. Campaign's 500 is the answer to most bad
# calls, so it is no failure there by itself; `no_internal_failure` tells it from a defect.
STRICT = [*CHECKS, "not_a_server_error"]
RUNS = {
    "campaign": ("campaign", 10, CHECKS, []),
    "privacy": ("privacy", 30, STRICT, []),
    "ims": ("ims", 30, STRICT, []),
    "control": ("control", 30, STRICT, ["--exclude-path-regex", f"{STATES}|{STREAMS}"]),
    "states": ("control", 30, STRICT, ["--include-path-regex", STATES]),
}


@contextlib.contextmanager
def server():
    """The program on a free port, and its ready line."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("CAMPAIGN_MOCK_")}
    env["RUST_LOG"] = "error"
    flags = ["--listen", "127.0.0.1:0", "--admin-token", ADMIN, "--rng-seed", "1"]
    program = os.environ["CAMPAIGN_MOCK_BIN"]
    process = subprocess.Popen([program, *flags], env=env, stdout=subprocess.PIPE)
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.terminate()
        status = process.wait(timeout=10)
        assert status == 0, f"the server ended with {status}"


@contextlib.contextmanager
def calls(ready):
    """Calls all the while: of Campaign, good and bad, so that the journal has some to show and fault rules
    some to meet; and for a snapshot, so that there is one."""
    profiles = f"{ready['url']}/{ready['org']}/campaign/profileAndServices/profile"
    good = urllib.request.Request(profiles, headers=credentials(ready, "campaign"))
    keep = urllib.request.Request(
        f"{ready['url']}/__admin/snapshots/before-test?org={ready['org']}",
        method="POST",
        headers=credentials(ready, "control") | {"X-Campaign-Mock": "1"},
    )
    stop = threading.Event()

    def call():
        while not stop.wait(0.05):
            for request in good, profiles, keep:
                # A rule may have it refused, cut off or wait; the journal has it all the same.
                with contextlib.suppress(OSError, http.client.HTTPException):
                    urllib.request.urlopen(request, timeout=1).close()

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def document(ready, name, folder):
    """Fetches a document into a file."""
    request = urllib.request.Request(
        f"{ready['url']}/__admin/openapi/{name}.json", headers={"X-Admin-Token": ADMIN}
    )
    path = Path(folder, f"{name}.json")
    with urllib.request.urlopen(request) as answer:
        path.write_bytes(answer.read())
    return path


def credentials(ready, name):
    if name == "control":
        return {"X-Admin-Token": ADMIN}
    token = {"Authorization": f"Bearer {ready['accessToken']}"}
    if name == "ims":
        return token
    return token | {"X-Api-Key": ready["apiKey"], "x-gw-ims-org-id": ready["imsOrgId"]}


def fuzz(run):
    """Whether the server does what its document says."""
    name, examples, checks, paths = RUNS[run]
    with server() as ready, tempfile.TemporaryDirectory() as folder:
        path = document(ready, name, folder)
        url = json.loads(path.read_bytes())["servers"][0]["url"]
        headers = credentials(ready, name).items()
        command = [
            Path(sys.executable).with_name("st"),
            "run", path, f"--url={url}", f"--checks={','.join(checks)}",
            "--phases=examples,coverage,fuzzing", f"--max-examples={examples}",
            f"--seed={SEED}", "--workers=1", "--warnings=off", "--no-color", *paths,
            *(part for header in headers for part in ("-H", ": ".join(header))),
        ]  # fmt: skip
        env = os.environ | {
            "SCHEMATHESIS_HOOKS": "hooks",
            "PYTHONPATH": str(HERE),
            "NO_PROXY": "127.0.0.1",
        }
        # The tester keeps what failed before, where it is run.
        with calls(ready) if name == "control" else contextlib.nullcontext():
            tester = subprocess.run(
                command, env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
    failed = tester.returncode != 0
    shown = tester.stdout if failed else tester.stdout[tester.stdout.find("Test cases:") :]
    print(f"-- {run}\n{shown}", flush=True)
    return not failed


def main():
    runs = list(sys.argv[1:] or RUNS)
    with ThreadPoolExecutor(max_workers=2) as pool:
        passed = list(pool.map(fuzz, runs))
    if not all(passed):
        sys.exit("the server and its documents differ")


if __name__ == "__main__":
    main()
