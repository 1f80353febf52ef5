"""Adobe's Python package `aepp` against the real program: its own login, and every call of its
module for Privacy Service. Two of its settings are changed, both of them addresses."""

import contextlib
import inspect
import io
import json
import os
import subprocess
import tempfile
import time
import unittest
from copy import deepcopy
from pathlib import Path

import aepp
from aepp import privacyservice

SCOPES = "openid,AdobeID,read_organizations,campaign_sdk,gdpr_sdk"
STAGES = ["submitted", "processing", "complete"]
NO_JOBS = {
    "errors": {
        "errorCode": 404,
        "title": "Resource not found",
        "detail": "Not able to find job data.",
        "errorType": "uri=/data/core/privacy/jobs",
    }
}


def setUpModule():
    # The package obeys proxy settings, even for the loopback.
    os.environ["NO_PROXY"] = "127.0.0.1"
    # The program would take the caller's variables for its settings.
    env = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CAMPAIGN_MOCK_") and name != "RUST_LOG"
    }
    flags = ["--listen", "127.0.0.1:0", "--job-submitted", "1s", "--job-processing", "1s"]
    global ready
    server = subprocess.Popen(
        [os.environ["CAMPAIGN_MOCK_BIN"], *flags], env=env, stdout=subprocess.PIPE, text=True
    )
    unittest.addModuleCleanup(stop, server)
    ready = json.loads(server.stdout.readline())


def stop(server):
    server.terminate()
    with server.stdout:
        status = server.wait(timeout=10)
    assert status == 0, f"it ended with {status}"


def point_here(**changes):
    """Configures the package as its users do, from a file, and gives it the server's address."""
    credential = {
        "org_id": ready["imsOrgId"],
        "client_id": ready["apiKey"],
        "secret": ready["clientSecret"],
        "scopes": SCOPES,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "config.json")
        path.write_text(json.dumps(credential | changes))
        aepp.importConfigFile(str(path))
    config, endpoints = aepp.config.config_object, aepp.config.endpoints
    assert config["oauthTokenEndpointV2"] == "https://ims-na1.adobelogin.com/ims/token/v3"
    assert endpoints["global"] == "https://platform.adobe.io"
    config["oauthTokenEndpointV2"] = ready["url"] + "/ims/token/v3"
    endpoints["global"] = ready["url"]


def privacy(**changes):
    point_here(**changes)
    return privacyservice.Privacy()


def request(email, *actions, **members):
    user = {
        "key": email,
        "action": list(actions),
        "userIDs": [{"namespace": "email", "value": email, "type": "standard"}],
    }
    return {
        "companyContexts": [{"namespace": "imsOrgID", "value": ready["imsOrgId"]}],
        "users": [user],
        "include": ["Campaign"],
        "regulation": "ccpa",
    } | members


def job_ids(answer):
    return [job["jobId"] for job in answer["jobs"]]


def listed(answer):
    return [job["jobId"] for job in answer["jobDetails"]]


class LogIn(unittest.TestCase):
    def test_the_package_gets_a_token_and_keeps_it_for_a_day(self):
        connector = privacy().connector
        self.assertEqual(connector.connectionType, "oauthV2")
        self.assertEqual(connector.header["Authorization"], f"Bearer {connector.token}")
        self.assertAlmostEqual(connector.config["date_limit"], time.time() + 86_399 - 500, delta=60)

    def test_the_token_opens_campaign_too(self):
        client = privacy()
        profiles = client.connector.getData(
            f"{ready['url']}/{ready['org']}/campaign/profileAndServices/profile",
            params={"_lineCount": 1},
        )
        self.assertEqual(len(profiles["content"]), 1)

    def test_the_package_gets_another_token_when_its_own_is_old(self):
        client = privacy()
        first = client.connector.token
        client.connector.config["date_limit"] = 0
        self.assertEqual(client.getJobs("pdpa_tha")["errors"]["errorCode"], 400)
        self.assertNotEqual(client.connector.token, first)

    def refused(self, **changes):
        """What the package prints before it stumbles over an answer without a token."""
        point_here(**changes)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), self.assertRaises(KeyError) as raised:
            privacyservice.Privacy()
        self.assertEqual(raised.exception.args, ("expires_in",))
        head, body = printed.getvalue().splitlines()
        self.assertEqual(head, "Issue retrieving token")
        return body

    def test_a_wrong_secret_is_refused(self):
        self.assertEqual(
            self.refused(secret="wrong"),
            "{'error': 'invalid_client', 'error_description': 'invalid client_secret parameter'}",
        )

    def test_an_unknown_scope_is_refused(self):
        body = self.refused(scopes="openid,nonsense")
        self.assertIn("'error': 'invalid_scope'", body)
        self.assertIn("There is no scope 'nonsense'", body)

    def test_the_gateway_refuses_what_the_token_does_not_open(self):
        self.assertEqual(
            privacy(scopes="openid,campaign_sdk").getJobs("ccpa"),
            {"error_code": "403011", "message": "Scope mismatch"},
        )
        stranger = privacy()
        stranger.connector.token = "bad"
        self.assertEqual(
            stranger.getJobs("ccpa"),
            {"error_code": "401013", "message": "Oauth token is not valid"},
        )
        nobody = privacy()
        nobody.header["x-api-key"] = "bad"
        self.assertEqual(
            nobody.getJobs("ccpa"), {"error_code": "403003", "message": "Api Key is invalid"}
        )
        other = privacy(org_id="0123456789ABCDEF01234567@AdobeOrg")
        self.assertEqual(
            other.getJobs("ccpa"), {"error_code": "403025", "message": "Profile is not valid"}
        )


class Jobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = privacy()

    def followed(self, job_id):
        """Reads a job until it is done, and answers it with the stages that were seen."""
        seen = []
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            job = self.client.getJob(job_id)
            self.assertEqual(job["jobId"], job_id)
            if job["status"] not in seen:
                seen.append(job["status"])
            if job["status"] == "complete":
                return job, seen
            time.sleep(0.1)
        self.fail(f"{job_id} was only ever {seen}")

    def test_the_sample_makes_a_job_for_each_user_and_action(self):
        sample = deepcopy(self.client.SAMPLE_PAYLOAD)
        sample["companyContexts"][0]["value"] = ready["imsOrgId"]
        created = self.client.postJob(sample)
        self.assertEqual((created["requestStatus"], created["totalRecords"]), (1, 3))
        users = [job["customer"]["user"] for job in created["jobs"]]
        self.assertEqual(
            [(user["key"], user["action"]) for user in users],
            [("DavidSmith", ["access"]), ("user12345", ["access"]), ("user12345", ["delete"])],
        )
        jobs = [self.client.getJob(job_id) for job_id in job_ids(created)]
        self.assertEqual([job["action"] for job in jobs], ["access", "access", "delete"])
        self.assertEqual({job["requestId"] for job in jobs}, {jobs[0]["requestId"]})
        self.assertEqual(
            [one["value"] for one in jobs[0]["userIds"]],
            ["dsmith@acme.com", "443636576799758681021090721276"],
        )
        products = [one["product"] for one in jobs[0]["productResponses"]]
        self.assertEqual(products, ["Analytics", "AudienceManager"])

    def test_a_job_goes_from_submitted_to_complete(self):
        (job_id,) = job_ids(self.client.postJob(request("stages@example.com", "access")))
        job, seen = self.followed(job_id)
        self.assertEqual(seen, [stage for stage in STAGES if stage in seen])
        self.assertGreater(len(seen), 1)
        self.assertEqual((job["userKey"], job["regulation"]), ("stages@example.com", "ccpa"))
        (product,) = job["productResponses"]
        self.assertEqual(product["productStatusResponse"]["status"], "complete")
        address = f"{ready['url']}/data/core/privacy/jobs/{job_id}/content?"
        self.assertTrue(job["downloadURL"].startswith(address), job["downloadURL"])

    def test_a_list_has_the_newest_first_in_pages(self):
        before = self.client.getJobs("gdpr")["totalRecords"]
        body = request("pages@example.com", "access", "delete", regulation="gdpr")
        ids = job_ids(self.client.postJob(body))
        body = request("pages@example.com", "access", regulation="gdpr")
        ids += job_ids(self.client.postJob(body))
        answer = self.client.getJobs("gdpr", limit=3)
        self.assertEqual(answer["totalRecords"], before + 3)
        self.assertEqual(set(listed(answer)), set(ids))
        self.assertEqual(listed(answer)[0], ids[2])
        self.assertEqual(
            list(answer["jobDetails"][0]),
            "jobId requestId userKey action status submittedBy createdDate lastModifiedDate".split(),
        )
        pages = [self.client.getJobs("gdpr", limit=2, page=page) for page in range(2)]
        self.assertEqual([page["totalRecords"] for page in pages], [before + 3] * 2)
        self.assertEqual((listed(pages[0]) + listed(pages[1]))[:3], listed(answer))
        self.assertEqual(self.client.getJobs("gdpr", page=10), NO_JOBS)
        created = time.strptime(answer["jobDetails"][0]["createdDate"][:10], "%m/%d/%Y")
        of_day = self.client.getJobs("gdpr", filterDate=time.strftime("%Y-%m-%d", created))
        self.assertIn(ids[2], listed(of_day))

    def test_a_list_is_of_one_status(self):
        (job_id,) = job_ids(self.client.postJob(request("status@example.com", "delete")))
        self.followed(job_id)
        complete = self.client.getJobs("ccpa", status="complete")
        self.assertIn(job_id, listed(complete))
        self.assertEqual({job["status"] for job in complete["jobDetails"]}, {"complete"})
        failed = self.client.getJobs("ccpa", status="error")["jobDetails"]
        self.assertEqual([job["userKey"] for job in failed], ["David Smith"] * 2, "the seed's")

    def test_a_child_is_a_job_of_its_own_below_its_parent(self):
        (parent,) = job_ids(self.client.postJob(request("parent@example.com", "access")))
        self.assertNotIn("childJobs", self.client.getJob(parent))
        child = {
            "userIDs": [{"namespace": "email", "value": "child@example.com", "type": "standard"}],
            "include": ["Analytics"],
            "initiatedBy": "Campaign",
        }
        created = self.client.postChildJob(parent, child)
        (child_id,) = job_ids(created)
        self.assertEqual(created["jobs"][0]["rootJobId"], parent)
        (below,) = self.client.getJob(parent)["childJobs"]
        self.assertEqual(below["jobId"], child_id)
        self.assertEqual([one["value"] for one in below["userIds"]], ["child@example.com"])
        job, _ = self.followed(child_id)
        self.assertEqual((job["action"], job["userKey"]), ("access", "parent@example.com"))
        whole, _ = self.followed(parent)
        self.assertEqual([one["status"] for one in whole["childJobs"]], ["complete"])

    def test_what_is_wrong_is_refused(self):
        def detail(answer, status=400):
            self.assertEqual(answer["errors"]["errorCode"], status)
            return answer["errors"]["detail"]

        self.assertEqual(
            detail(self.client.getJobs("ccpa", limit=101)),
            "Page size exceeded,Maximum page size supported is 100",
        )
        self.assertEqual(
            detail(self.client.getJobs("ccpb")),
            "The `regulation` parameter is mandatory. Supported values: [gdpr, ccpa]",
        )
        unknown = "527ef92d-6cd9-45cc-9bf1-477cfa1e2c00"
        self.assertEqual(detail(self.client.getJob(unknown), 404), "Not able to find job data.")
        self.assertEqual(detail(self.client.getJob("x")), "Invalid ID format")
        body = request("wrong@example.com", "access", include=[])
        self.assertIn("include", detail(self.client.postJob(body)))
        self.assertIn("userIDs", detail(self.client.postChildJob(unknown, {})))

    def test_the_module_has_no_other_calls(self):
        functions = inspect.getmembers(privacyservice.Privacy, inspect.isfunction)
        calls = [name for name, _ in functions if not name.startswith("_")]
        self.assertEqual(calls, ["getJob", "getJobs", "postChildJob", "postJob"])


if __name__ == "__main__":
    unittest.main()
