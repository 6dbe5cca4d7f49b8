"""The hourly sweep of what is over: used nonces, tokens. Launches stay a day longer, so that a refusal can say why."""

from datetime import timedelta

from celery import shared_task

from lms.learning.lti.once import sweep
from lms.learning.lti.platform.models import LtiLaunch, LtiToken
from lms.learning.lti.tool.models import LtiArrival, LtiLogin
from lms.lib.clock import now


@shared_task(name="lms.learning.lti.sweep")
def sweep_lti() -> None:
    sweep()
    LtiToken.objects.filter(expires_at__lt=now()).delete()
    LtiLaunch.objects.filter(expires_at__lt=now() - timedelta(days=1)).delete()
    LtiLogin.objects.filter(expires_at__lt=now()).delete()
    LtiArrival.objects.filter(expires_at__lt=now()).delete()
