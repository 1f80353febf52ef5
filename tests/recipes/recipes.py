"""Runs the recipes as their readers would: each page in a new folder and one shell, its commands in order and as
written, its files written where the page shows them, what it prints held against what the page shows."""

import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from page import Compiled, NotRun, Run, Unclear, Write, is_workflow, shows, steps

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "docs/recipes"
LONGEST = 300
END = "end"

# Refusals count as failures, unless the page shows one. A newline sets answers apart.
PRELUDE = """\
set -euo pipefail
curl() { command curl --silent --show-error $recipe_refusals "$@" && echo; }
"""
# Pages use the server's own address. Here each has one of its own, so that no other server is in the way.
PROGRAM = """\
#!/bin/sh
[ "${1:-}" = exec ] || export CAMPAIGN_MOCK_LISTEN=127.0.0.1:%(port)s
export CAMPAIGN_MOCK_URL="${CAMPAIGN_MOCK_URL:-http://127.0.0.1:%(port)s}"
exec %(program)s "$@"
"""


@dataclass
class Outcome:
    page: str
    seconds: float = 0
    fault: str = ""
    not_run: list = field(default_factory=list)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def script(done, staged):
    """The page as a shell takes it. Each block notes its line, and leaves its output in a file."""
    lines = [PRELUDE]
    for step in done:
        lines.append(f"echo {step.line} >{staged}/at")
        if isinstance(step, Write):
            Path(staged, f"{step.line}.file").write_text(step.text)
            target = shlex.quote(step.file)
            lines.append(f'mkdir -p "$(dirname {target})"; cp {staged}/{step.line}.file {target}')
        if isinstance(step, Run):
            refusals = "" if step.is_refused else "--fail-with-body"
            lines.append(f"recipe_refusals={refusals}\n{{\n{step.text}}} >{staged}/{step.line}.out")
    # Once the files are there that they need, as with a push.
    runner = shlex.join([sys.executable, str(Path(__file__).with_name("workflow.py"))])
    for step in filter(is_workflow, done):
        lines.append(f"echo {step.line} >{staged}/at")
        lines.append(f"{runner} {shlex.quote(step.file)} >{staged}/{step.line}.out")
        lines.append(f"cat {staged}/{step.line}.out >>{staged}/not-run")
    return "\n".join([*lines, f"echo {END} >{staged}/at", ""])


def surroundings(staged, program):
    """The environment of a reader who has the program on the path and has set nothing of it."""
    folder = Path(staged, "bin")
    folder.mkdir()
    wrapper = folder / "campaign-mock"
    wrapper.write_text(PROGRAM % {"port": free_port(), "program": shlex.quote(str(program))})
    wrapper.chmod(0o755)
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CAMPAIGN_MOCK_") and name != "RUST_LOG"
    }
    # Some clients obey proxy settings even for the loopback.
    return env | {"PATH": f"{folder}:{env['PATH']}", "NO_PROXY": "127.0.0.1,localhost"}


def adopt_orphans():
    """What a page leaves running becomes this process's child, which is told at once when it has ended."""
    set_child_subreaper = 36
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(set_child_subreaper, 1, 0, 0, 0)


def end(shell):
    """Ends a page's shell and what it has left running."""
    for sign, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 1)):
        deadline = time.monotonic() + patience
        try:
            os.killpg(shell.pid, sign)
            while time.monotonic() < deadline:
                while os.waitpid(-shell.pid, os.WNOHANG) != (0, 0):
                    pass
                time.sleep(0.01)
        except (ProcessLookupError, ChildProcessError):
            return


def run_shell(staged, folder, env, limit):
    """Runs the script; answers its exit code, or None if it took too long."""
    adopt_orphans()
    with Path(staged, "log").open("wb") as log:
        shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc", f"{staged}/script"],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            return shell.wait(limit)
        except subprocess.TimeoutExpired:
            return None
        finally:
            end(shell)
            shell.poll()


def tail(file, lines=60):
    text = file.read_text(errors="replace") if file.exists() else ""
    return "\n".join(text.splitlines()[-lines:])


def fault_of(done, staged, code, limit):
    """What went wrong on the page, if anything."""
    at = tail(Path(staged, "at")) or str(done[0].line)
    # What was printed up to there is compared first: it may say why the page did not get further.
    for step in (step for step in done if isinstance(step, Run)):
        if str(step.line) == at:
            break
        found = Path(staged, f"{step.line}.out").read_text(errors="replace")
        if not shows(step, found):
            return f"line {step.line}: it prints\n{found}\nwhere the page shows\n{step.output}"
    if code != 0:
        end = f"took more than {limit} s" if code is None else f"ended with {code}"
        output = tail(Path(staged, f"{at}.out"))
        return f"line {at}: {end}\n{output}\n{tail(Path(staged, 'log'))}"
    return ""


def run_page(name, text, program, limit=LONGEST):
    """Runs a page whose text is given."""
    outcome, started = Outcome(name), time.monotonic()
    try:
        done = steps(text)
    except Unclear as fault:
        outcome.fault = str(fault)
        return outcome
    outcome.not_run = [step.reason for step in done if isinstance(step, NotRun)]
    if any(isinstance(step, Compiled) for step in done) and not is_compiled(name):
        outcome.fault = "src/lib.rs does not include it, so nobody compiles its Rust"
        return outcome
    with tempfile.TemporaryDirectory(prefix="recipe-") as staged, \
            tempfile.TemporaryDirectory(prefix="recipe-") as folder:
        Path(staged, "script").write_text(script(done, staged))
        code = run_shell(staged, folder, surroundings(staged, program), limit)
        outcome.fault = fault_of(done, staged, code, limit)
        outcome.not_run += tail(Path(staged, "not-run")).splitlines()
    outcome.seconds = time.monotonic() - started
    return outcome


def is_compiled(name):
    return f'include_str!("../docs/recipes/{name}")' in (ROOT / "src/lib.rs").read_text()


def main(names):
    program = Path(os.environ.get("CAMPAIGN_MOCK_BIN", ROOT / "target/release/campaign-mock"))
    if not program.is_file():
        sys.exit(f"{program} is not there: build it, or name one with CAMPAIGN_MOCK_BIN")
    pages = sorted(page for page in PAGES.glob("*.md") if page.name != "README.md")
    names = [Path(name).name for name in names] or [page.name for page in pages]
    outcomes = []
    for name in names:
        outcome = run_page(name, (PAGES / name).read_text(), program.resolve())
        outcomes.append(outcome)
        print(f"{'FAILED' if outcome.fault else 'ok':6} {outcome.seconds:6.1f} s  {name}", flush=True)
        if outcome.fault:
            print(outcome.fault, flush=True)
    for outcome in outcomes:
        for reason in outcome.not_run:
            print(f"not run on {outcome.page}: {reason}")
    failed = sum(1 for outcome in outcomes if outcome.fault)
    print(f"{len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    # So that what is being run is ended as well.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
