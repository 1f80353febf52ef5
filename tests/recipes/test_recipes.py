"""What runs the recipes notices when one does not hold."""

import contextlib
import http.server
import json
import os
import tempfile
import threading
import time
import unittest
from pathlib import Path

import recipes
import workflow
import yaml


def fault(text, **options):
    return recipes.run_page("page.md", text, "/bin/echo", **options).fault


def sh(*lines, shows=None, language="text"):
    block = "\n".join(("```sh", *lines, "```", ""))
    return block if shows is None else f"{block}\n```{language}\n{shows}\n```\n"


class Failing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response_only(404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def refusing_server():
    with http.server.HTTPServer(("127.0.0.1", 0), Failing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


class Pages(unittest.TestCase):
    def test_what_is_right_passes_and_variables_carry_on(self):
        page = sh("A=1", "export B=2") + sh('echo "$A$B"', shows="12")
        self.assertEqual(fault(page), "")

    def test_a_command_that_fails_fails_the_page_with_its_line(self):
        self.assertIn("line 4: ended with 1", fault(sh("true") + sh("false", "true")))
        self.assertIn("line 1: ended with 1", fault(sh("false | true")))
        self.assertIn("unbound", fault(sh('echo "$NOBODY_SET_THIS"')))

    def test_a_refusal_fails_the_page_unless_it_is_shown(self):
        with refusing_server() as url:
            self.assertIn("404", fault(sh(f"curl {url}")))
            self.assertEqual(fault(sh(f"curl -i {url}", shows="HTTP/1.1 404 Not Found…")), "")
            self.assertIn("HTTP/1.1 404", fault(sh(f"curl -i {url}", shows="HTTP/1.1 503…")))

    def test_output_is_as_shown(self):
        self.assertIn("where the page shows", fault(sh("echo one", shows="two")))
        self.assertEqual(fault(sh("echo 'at 9'; echo end", shows="at …\nend")), "")
        value = json.dumps({"a": 1, "b": ["x", "y"], "id": "j-7", "more": None})
        command = f"echo '{value}'"
        for shown, holds in [
            ({"id": "j-7", "b": ["x", "y"], "more": None, "a": 1}, True),
            ({"a": 1, "b": ["x", "…"], "id": "j-…", "…": "…"}, True),
            ({"a": "…", "b": "…", "id": "…", "more": "…"}, True),
            ({"a": 1, "b": ["x"], "…": "…"}, False),
            ({"a": True, "…": "…"}, False),
            ({"a": 1, "b": ["x", "y"], "id": "j-7"}, False),
            ({"c": "…", "…": "…"}, False),
        ]:
            page = sh(command, shows=json.dumps(shown, ensure_ascii=False), language="json")
            self.assertEqual(fault(page) == "", holds, shown)
        self.assertIn("where the page shows", fault(sh("echo no", shows="{}", language="json")))

    def test_a_file_is_written_when_its_name_is_said(self):
        page = "In `a/b.txt`:\n\n```text a/b.txt\nhello\n```\n\n" + sh("cat a/b.txt", shows="hello")
        self.assertEqual(fault(page), "")
        self.assertIn("does not say", fault(page.replace("`a/b.txt`", "a file")))

    def test_nothing_is_left_out_in_silence(self):
        self.assertIn("nothing on it is run", fault("Text.\n"))
        self.assertIn("line 5: neither run", fault(sh("true") + "\n```dockerfile\nFROM scratch\n```\n"))
        self.assertIn("does not end", fault("```sh\ntrue\n"))
        self.assertIn("compiles", fault("```rust\nfn main() {}\n```\n"))
        page = sh("true") + "\n<!-- not run: no builder -->\n```dockerfile\nFROM scratch\n```\n"
        outcome = recipes.run_page("page.md", page, "/bin/echo")
        self.assertEqual((outcome.fault, outcome.not_run), ("", ["no builder"]))

    def test_what_a_page_leaves_running_is_ended(self):
        with tempfile.TemporaryDirectory() as folder:
            note = Path(folder, "pid")
            for rest in ("true", "false", "sleep 60"):
                started = time.monotonic()
                fault(sh("sleep 60 &", f"echo $! >{note}", rest), limit=1)
                self.assertLess(time.monotonic() - started, 10)
                with self.assertRaises(ProcessLookupError):
                    os.kill(int(note.read_text()), 0)


class Workflows(unittest.TestCase):
    def run_steps(self, steps):
        return workflow.run(yaml.safe_load(f"jobs:\n  test:\n    steps:\n{steps}"))

    def test_variables_and_paths_reach_the_steps_after(self):
        left_out = self.run_steps(
            """
      - uses: actions/checkout@v5
      - run: |
          echo "ONE=1" >> "$GITHUB_ENV"
          printf 'TWO<<END\\na\\nb\\nEND\\n' >> "$GITHUB_ENV"
          echo /nowhere >> "$GITHUB_PATH"
          test -z "${ONE:-}"
      - run: test "$ONE-$TWO-$THREE" = "$(printf '1-a\\nb-3')"
        env: { THREE: 3 }
      - run: case $PATH in /nowhere:*) ;; *) exit 1 ;; esac
      - if: steps.cache.outputs.cache-hit != 'true'
        run: exit 1
"""
        )
        self.assertEqual(
            left_out,
            ["uses: actions/checkout@v5", "exit 1, if steps.cache.outputs.cache-hit != 'true'"],
        )

    def test_a_step_that_fails_fails_the_workflow(self):
        with self.assertRaises(workflow.subprocess.CalledProcessError):
            self.run_steps("      - run: 'false'\n")
        with self.assertRaises(ValueError):
            self.run_steps("      - run: echo ${{ github.sha }}\n")
        with self.assertRaises(ValueError):
            self.run_steps("      - uses: actions/checkout@v5\n")


if __name__ == "__main__":
    unittest.main()
