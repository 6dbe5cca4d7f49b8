"""The record store's addresses (Communication 2), below /xapi/."""

from django.http import HttpResponse, JsonResponse
from django.urls import path, re_path
from django.utils.translation import gettext as _

from lms.records.documents import http as documents
from lms.records.faults import Fault
from lms.records.front import VERSIONS, Call, resource
from lms.records.statements import http as statements

app_name = "xapi"


def _about(_call: Call) -> HttpResponse:
    return JsonResponse({"version": list(VERSIONS)})


def _nothing(_call: Call) -> HttpResponse:
    raise Fault(_("这里没有这个地址。"), status=404, code="not_found")


_nowhere = resource(open_to_all=True, GET=_nothing, PUT=_nothing, POST=_nothing, DELETE=_nothing)

urlpatterns = [
    path("statements", statements.statements_view, name="statements"),
    path("agents", statements.agents_view, name="agents"),
    path("agents/profile", documents.agent_profile_view, name="agent_profile"),
    path("activities", statements.activities_view, name="activities"),
    path("activities/state", documents.state_view, name="state"),
    path("activities/profile", documents.activity_profile_view, name="activity_profile"),
    path("about", resource(open_to_all=True, GET=_about), name="about"),
    # Whoever asks here reads JSON. What begins with a slash is told by the same addresses behind one (lms.config.urls).
    re_path(r"^(?!/)", _nowhere),
]
