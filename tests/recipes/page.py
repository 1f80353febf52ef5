"""A page of recipes, read: what is to be written, what is to be run, and what has to come out."""

import json
import re
from dataclasses import dataclass

NOT_RUN = re.compile(r"<!-- not run: (.+) -->")
FENCE = re.compile(r"```(\S*) ?(.*)")
REFUSAL = re.compile(r"HTTP/1\.1 [45]\d\d")
SHOWS_OUTPUT = ("json", "text")


class Unclear(Exception):
    """The page has something that nobody runs, or that its readers cannot follow."""


@dataclass(frozen=True)
class Block:
    """A fenced block. `before` is the text between the last block and this one."""

    line: int
    language: str
    file: str
    text: str
    before: str


@dataclass
class Write:
    line: int
    file: str
    text: str


@dataclass
class Run:
    line: int
    text: str
    language: str = ""
    output: str | None = None

    @property
    def is_refused(self):
        return self.output is not None and REFUSAL.match(self.output) is not None


@dataclass
class Compiled:
    """Rust, which `cargo test --doc` runs."""

    line: int


@dataclass
class NotRun:
    line: int
    reason: str


def blocks(text):
    found, before, lines = [], [], enumerate(text.splitlines(), 1)
    for number, line in lines:
        if line.startswith(" ") and line.lstrip().startswith("```"):
            raise Unclear(f"line {number}: a block begins at the margin")
        if not (fence := FENCE.fullmatch(line)):
            before.append(line)
            continue
        body = []
        for _, line in lines:
            if line == "```":
                break
            body.append(line + "\n")
        else:
            raise Unclear(f"line {number}: the block does not end")
        found.append(Block(number, fence[1], fence[2], "".join(body), "\n".join(before)))
        before = []
    return found


def steps(text):
    """What the page has its readers do, in order."""
    done = []
    for block in blocks(text):
        if reason := NOT_RUN.search(block.before):
            done.append(NotRun(block.line, reason[1]))
        elif block.file:
            if f"`{block.file}`" not in block.before:
                raise Unclear(f"line {block.line}: the text before it does not say '{block.file}'")
            done.append(Write(block.line, block.file, block.text))
        elif block.language == "sh":
            done.append(Run(block.line, block.text))
        elif block.language == "rust":
            done.append(Compiled(block.line))
        elif (
            block.language in SHOWS_OUTPUT
            and done
            and isinstance(done[-1], Run)
            and done[-1].output is None
        ):
            done[-1].language, done[-1].output = block.language, block.text
        else:
            raise Unclear(f"line {block.line}: neither run, nor written, nor what a command prints")
    if not any(isinstance(step, (Run, Compiled)) or is_workflow(step) for step in done):
        raise Unclear("nothing on it is run")
    return done


def is_workflow(step):
    return isinstance(step, Write) and re.fullmatch(r"\.github/workflows/.+\.ya?ml", step.file)


def is_like(expected, found):
    """Whether text is as shown, where `…` is any text."""
    parts = (re.escape(part) for part in tidied(expected).split("…"))
    return re.fullmatch(".*".join(parts), tidied(found), re.DOTALL) is not None


def tidied(text):
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def is_json_like(expected, found):
    """Whether a value is as shown. `"…"` is any value, and as a member or an element any more of them."""
    if expected == "…":
        return True
    if isinstance(expected, str) and isinstance(found, str):
        return is_like(expected, found)
    if isinstance(expected, dict) and isinstance(found, dict):
        shown = {name: value for name, value in expected.items() if name != "…"}
        complete = "…" in expected or shown.keys() == found.keys()
        return complete and all(
            name in found and is_json_like(value, found[name]) for name, value in shown.items()
        )
    if isinstance(expected, list) and isinstance(found, list):
        more = expected[-1:] == ["…"]
        shown = expected[:-1] if more else expected
        complete = len(found) >= len(shown) if more else len(found) == len(shown)
        return complete and all(map(is_json_like, shown, found))
    return type(expected) is type(found) and expected == found


def shows(run, found):
    """Whether a command has printed what the page shows."""
    if run.output is None:
        return True
    if run.language == "text":
        return is_like(run.output, found)
    try:
        return is_json_like(json.loads(run.output), json.loads(found))
    except ValueError:
        return False
