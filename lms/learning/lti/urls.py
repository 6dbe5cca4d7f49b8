"""/lti/: both sides of LTI 1.3. Addresses that tools and platforms keep: never change one."""

from django.urls import path

from lms.learning.lti.platform import http as platform
from lms.learning.lti.platform import http_services as services
from lms.learning.lti.tool import http as tool

app_name = "lti"
_item = "courses/<uuid:course>/line-items/<uuid:uuid>"

urlpatterns = [
    path("jwks.json", platform.jwks, name="jwks"),
    path("openid-configuration", platform.configuration, name="configuration"),
    path("register", platform.register, name="register"),
    path("launch/<uuid:enrolment>/<uuid:lesson>/<str:block>/", platform.launch, name="launch"),
    path("back/<uuid:enrolment>/<uuid:lesson>/", platform.back, name="back"),
    path("authorize", platform.authorize, name="authorize"),
    path("deep-linking", platform.deep_linking, name="deep_linking"),
    path("token", services.token, name="token"),
    path("courses/<uuid:course>/line-items", services.line_items, name="line_items"),
    path(_item, services.line_item, name="line_item"),
    path(f"{_item}/scores", services.scores, name="scores"),
    path(f"{_item}/results", services.results, name="results"),
    path("courses/<uuid:course>/members", services.course_members, name="members"),
    path("tool/login", tool.login, name="tool_login"),
    path("tool/launch", tool.launch, name="tool_launch"),
    path("linked/", tool.linked, name="linked"),
    path("linked/<uuid:platform>/unlink/", tool.unlink, name="unlink"),
    path("tool/arrive/<str:ticket>/", tool.arrive, name="tool_arrive"),
]
