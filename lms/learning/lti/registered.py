"""What LTI gives to the packages below it; imported once, when the application is ready."""

from uuid import UUID

from courses.api import register_lti_tools
from lms.accounts.api import register_erasure_part, register_export_part
from lms.learning.lti import (
    own_data,
    tasks,  # noqa: F401 -- a worker must know the task by its name
)
from lms.learning.lti.platform.models import LtiTool
from lms.learning.lti.tool import passback  # noqa: F401 -- the consumers of completions


def known(tools: set[UUID], provider: int) -> set[UUID]:
    """courses.outside.Tools."""
    rows = LtiTool.objects.filter(uuid__in=tools, organisation=provider, state=LtiTool.State.ON)
    return set(rows.values_list("uuid", flat=True))


register_lti_tools(known)
register_export_part("lti", own_data.part)
register_erasure_part("lti", own_data.PART)
