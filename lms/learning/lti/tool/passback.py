"""A completed course is reported to the platform its learner came from: one score, 1 of 1, at least once and in one voice.

Owns: the report. Refuses: reporting study time, marks or anything but that the course is completed; addresses that are not
public. What fails is tried again by the outbox.
"""

import json
import secrets
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings

from lms.learning.completion.models import Completion
from lms.learning.lti import keys
from lms.learning.lti.tool.models import LtiPassback, LtiPlatform
from lms.lib import json_in
from lms.lib.clock import now
from lms.lib.outbox.registry import Event, consumer
from lms.lib.outbox.services import emit_many
from lms.lib.outgoing import Unreachable, ask

SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
_MEDIA = "application/vnd.ims.lis.v1.score+json"


@consumer("course.completed", name="learning.lti.passback")
def order(event: Event) -> None:
    """Each place that wants to know has an event of its own, so that one that is away keeps no other waiting."""
    rows = LtiPassback.objects.filter(
        enrolment__completion__uuid=event.payload["completion"], sent_at__isnull=True
    )
    emit_many(("lti.grade", f"lti.grade:{row.uuid}", {"passback": str(row.uuid)}) for row in rows)


@consumer("lti.grade", name="learning.lti.grade")
def send(event: Event) -> None:
    """Nothing where the person took the link back, or the platform was switched off."""
    row = (
        LtiPassback.objects.filter(uuid=event.payload["passback"], sent_at__isnull=True)
        .select_related("account__platform", "enrolment")
        .first()
    )
    if row is None or not row.account.platform.is_on:
        return
    completion = Completion.objects.get(enrolment=row.enrolment)
    score = {
        "userId": row.account.sub,
        "scoreGiven": 1,
        "scoreMaximum": 1,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        # The moment of completion and not of sending: sent twice, it is the same score.
        "timestamp": completion.completed_at.isoformat(timespec="milliseconds"),
    }
    headers = {"Authorization": f"Bearer {_token(row.account.platform)}", "Content-Type": _MEDIA}
    answer = ask(
        "POST", _scores(row.line_item), headers, json.dumps(score).encode(), allowed=settings.LTI_HOSTS
    )
    # 409: the platform has this score already.
    if answer.status not in (200, 201, 202, 204, 409):
        raise Unreachable(f"scores: {answer.status}")
    row.sent_at = now()
    row.save(update_fields=["sent_at"])


def _scores(address: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + "/scores"))


def _token(platform: LtiPlatform) -> str:
    moment = int(now().timestamp())
    assertion = keys.sign(
        {
            "iss": platform.client_id,
            "sub": platform.client_id,
            "aud": platform.token_url,
            "iat": moment,
            "exp": moment + 300,
            "jti": secrets.token_urlsafe(24),
        }
    )
    fields = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
        "scope": SCORE,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    answer = ask("POST", platform.token_url, headers, urlencode(fields).encode(), allowed=settings.LTI_HOSTS)
    try:
        found = json_in.read(answer.body) if answer.status == 200 else None
    except (ValueError, RecursionError):
        found = None
    token = found.get("access_token") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token.isascii() or not token.isprintable():
        raise Unreachable(f"token: {answer.status}")
    return token
