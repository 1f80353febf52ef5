"""A consumer's contract, verified by Pact against the real program, which brings itself into the states
that the contract names. A contract that does not hold shows that the verifier would say so."""

import json
import os
import subprocess
import tempfile
import unittest
import urllib.request
from pathlib import Path

from pact import Verifier

CONTRACT = Path(__file__).with_name("consent-page.json")


def setUpModule():
    # The program would take the caller's variables for its settings.
    env = {name: value for name, value in os.environ.items() if not name.startswith("CAMPAIGN_MOCK_")}
    flags = ["--listen", "127.0.0.1:0"]
    global ready
    server = subprocess.Popen(
        [os.environ["CAMPAIGN_MOCK_BIN"], *flags], env=env, stdout=subprocess.PIPE, text=True
    )
    unittest.addModuleCleanup(stop, server)
    ready = json.loads(server.stdout.readline())


def stop(server):
    server.terminate()
    with server.stdout:
        server.wait(timeout=10)


def verify(contract):
    verifier = Verifier("campaign-mock", host="127.0.0.1")
    verifier.add_transport(url=ready["url"])
    verifier.add_source(str(contract))
    states = ready["url"] + "/__admin/pact/provider-states"
    verifier.state_handler(states, teardown=True, body=True)
    verifier.verify()


def profiles():
    call = urllib.request.Request(ready["url"] + "/__admin/orgs/acme")
    with urllib.request.urlopen(call) as answer:
        return json.load(answer)["profiles"]


class TestContract(unittest.TestCase):
    def test_the_contract_holds_and_leaves_nobody_behind(self):
        before = profiles()
        verify(CONTRACT)
        self.assertEqual(profiles(), before)

    def broken(self, change):
        contract = json.loads(CONTRACT.read_text())
        change(contract["interactions"])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "broken.json")
            path.write_text(json.dumps(contract))
            with self.assertRaises(RuntimeError):
                verify(path)

    def test_an_answer_that_is_not_as_agreed_fails(self):
        def change(interactions):
            interactions[0]["response"]["body"]["firstName"] = "Bob"

        self.broken(change)

    def test_a_state_that_nobody_knows_fails(self):
        def change(interactions):
            interactions[0]["providerStates"].append({"name": "the moon is full"})

        self.broken(change)


if __name__ == "__main__":
    unittest.main()
