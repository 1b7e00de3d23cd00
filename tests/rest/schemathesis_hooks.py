"""Waits that would go on for longer than anyone has time for end soon; nothing else is changed."""

import schemathesis

SOON = 0.2
LONGEST = 1e9


def shorten(wait):
    if isinstance(wait, dict):
        timeout = wait.get("timeout")
        is_number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
        if timeout is None or (is_number and SOON < timeout <= LONGEST):
            wait["timeout"] = SOON


@schemathesis.hook
def before_call(context, case, kwargs):
    body = case.body
    if case.operation.path.endswith("/wait"):
        shorten(body)
    elif isinstance(body, dict):
        shorten(body.get("wait"))
