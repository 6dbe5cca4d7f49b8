"""A college with a tool, a course whose lesson opens it, and a learner in it."""

import pytest
from django.conf import settings
from django.core.cache import cache

from lms.learning.lti.platform.models import LtiTool, Scope
from lms.learning.lti.platform.services import make_tool
from tests.factories.accounts import UserFactory, member
from tests.factories.courses import organisation, released_course, text
from tests.factories.learning import enrolment
from tests.learning.clients import signed_in
from tests.learning.lti.parties import LAUNCH, PRIVATE, TOOL, Tool, jwks_of


@pytest.fixture(autouse=True)
def _nobody_asked_before():
    """The limits count in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def admin(db):
    return member("admin", organisation())


def tool_of(admin, **more):
    said = {
        "name": "电路仿真",
        "login_url": f"{TOOL}/login",
        "target_url": f"{TOOL}/open",
        "redirect_uris": [LAUNCH],
        "deep_link_url": f"{TOOL}/choose",
        "public_keys": jwks_of(PRIVATE),
        "scopes": Scope.values,
    } | more
    return make_tool(
        admin,
        more.pop("organisation", organisation()),
        **{k: v for k, v in said.items() if k != "organisation"},
    )


@pytest.fixture
def row(admin) -> LtiTool:
    return tool_of(admin)


def place(row, **more):
    return (
        "lti",
        {"title": "仿真一", "tool": str(row.uuid), "url": f"{TOOL}/open?task=1", "details": ""} | more,
    )


DETAILS = '{"custom": {"task": "1"}, "column": {"maximum": "10.0000", "label": "仿真一", "tag": "lab"}}'


@pytest.fixture
def item(row):
    release = released_course(lessons=[[text(), place(row, details=DETAILS)]])
    return enrolment(UserFactory(display_name="林一舟"), release)


@pytest.fixture
def address(item):
    lesson = item.release.lessons.get()
    block = next(block for block in lesson.blocks if block["type"] == "lti")
    return f"/lti/launch/{item.uuid}/{lesson.uuid}/{block['id']}/"


@pytest.fixture
def browser(item):
    return signed_in(item.person)


@pytest.fixture
def tool(row, browser):
    return Tool(row, browser, settings.PUBLIC_URL)
