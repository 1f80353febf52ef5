"""Runs a workflow as GitHub would: the `run` steps of each job in order, each in a shell of its own, with the
variables and paths that the steps before it have left. What only GitHub can do is named as not run."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

OF_GITHUB = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


def variables(text):
    """What a file such as `GITHUB_ENV` sets: lines `NAME=value`, and `NAME<<END` … `END`."""
    found, lines = {}, iter(text.splitlines())
    for line in lines:
        name, sign, value = re.fullmatch(r"(\w+)(=|<<)(.*)", line).groups()
        if sign == "<<":
            value = "\n".join(iter(lambda end=value: next_but(end, lines), None))
        found[name] = value
    return found


def next_but(end, lines):
    line = next(lines)
    return None if line == end else line


def run_step(step, environment, folder):
    script = Path(folder, "step.sh")
    script.write_text(step["run"])
    left = {name: Path(folder, name) for name in ("GITHUB_ENV", "GITHUB_PATH")}
    for file in left.values():
        file.write_text("")
    given = environment | {name: str(file) for name, file in left.items()}
    given |= {name: str(value) for name, value in step.get("env", {}).items()}
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
    shell = shell if step.get("shell") == "bash" else ["bash", "-e"]
    files = {"stdin": subprocess.DEVNULL, "stdout": sys.stderr}
    subprocess.run([*shell, script], env=given, check=True, **files)
    environment |= variables(left["GITHUB_ENV"].read_text())
    for path in left["GITHUB_PATH"].read_text().split():
        environment["PATH"] = f"{path}:{environment['PATH']}"


def needs_github(step):
    if "uses" in step:
        return f"uses: {step['uses']}"
    # Whether it is done depends on a step that is not run.
    if re.search(r"\bsteps\.", step.get("if", "")):
        return f"{step.get('name', step['run'])}, if {step['if']}"
    return None


def run(workflow):
    """Runs it here, and answers what was left out."""
    left_out = []
    for name, job in workflow["jobs"].items():
        given = {**workflow.get("env", {}), **job.get("env", {})}
        environment = os.environ | {"CI": "true"}
        environment |= {key: str(value) for key, value in given.items()}
        ran = 0
        with tempfile.TemporaryDirectory() as folder:
            for step in job["steps"]:
                if reason := needs_github(step):
                    left_out.append(reason)
                    continue
                if OF_GITHUB.search(step["run"]):
                    raise ValueError(f"{name}: only GitHub can fill in: {step['run']}")
                run_step(step, environment, folder)
                ran += 1
        if not ran:
            raise ValueError(f"{name}: no step of it is run here")
    return left_out


if __name__ == "__main__":
    for reason in run(yaml.safe_load(Path(sys.argv[1]).read_text())):
        print(reason)
