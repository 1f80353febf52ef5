"""What is our own: a 5xx is one that the real API gives on purpose, and no call waits for long."""

import schemathesis


@schemathesis.check
def no_internal_failure(ctx, response, case):
    """Refusals explain themselves; a defect says that the server failed."""
    reason = response.headers.get("x-mock-reason", ["no reason"])[0]
    if response.status_code >= 500 and (reason == "no reason" or "failed internally" in reason):
        raise AssertionError(f"{response.status_code} is not on purpose: {reason}")


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Nobody waits for what does not come."""
    query = case.query or {}
    if case.operation.path.endswith("/wait") and query.get("timeout", "10s") == "10s":
        case.query = {**query, "timeout": "10ms"}
