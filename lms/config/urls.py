"""Every address of the platform, by the package that answers it."""

import posixpath

from django.core.files.storage import default_storage
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView
from ninja.errors import AuthenticationError
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from courses.api import catalogue_view as catalogue
from courses.api import course_view as course
from courses.api import document_answer
from courses.api import provider_view as provider
from lms.accounts.branding.http import style as provider_style
from lms.accounts.sign_in.sessions import SessionToken
from lms.config.api import api, unknown
from lms.config.health import healthz
from lms.lib.errors import NotAllowed, NotFound
from lms.lib.files import serve_stored


def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """Course media; production's nginx answers before this is reached. Documents are asked for at /documents/, where
    who may have them is decided.
    """
    # Storages elsewhere read a backslash as a slash.
    if posixpath.normpath(name.replace("\\", "/")).startswith("documents/"):
        raise NotFound
    return serve_stored(request, default_storage, name)


@require_safe
def document(request: HttpRequest, number: str, filename: str) -> HttpResponseBase:
    """A course's document: by the session of a page, or of a program (as the API, whose lessons name these addresses)."""
    try:
        user = SessionToken()(request) or request.user
    except AuthenticationError:
        raise NotAllowed(_("登录已过期，请重新登录。"), code="login_required", status=401) from None
    # No row has a longer number, and no database a word for it.
    return document_answer(request, user, int(number[:19]), filename)


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("", include("lms.learning.evidence.well_known")),
    path("", include("creditbank.credentials.well_known")),
    path("api/v1/", api.urls),
    path("api/<path:rest>", unknown),
    # In front of Wagtail's own sign-in, which knows neither a second factor nor a limit on guessing.
    re_path(
        r"^admin/login/?$", RedirectView.as_view(pattern_name="accounts_pages:staff_entry", query_string=True)
    ),
    path("admin/", include(wagtailadmin_urls)),
    # In front of Wagtail's own, which asks nothing of a course.
    re_path(r"^documents/(?P<number>[0-9]+)/(?P<filename>.+)$", document),
    path("documents/", include(wagtaildocs_urls)),
    path("media/<path:name>", media, name="media"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("accounts/", include("allauth.urls")),
    path("identity/", include("lms.accounts.machines.http")),
    path("me/records/", include("lms.records.live.urls")),
    path("me/", include("lms.accounts.urls")),
    path("institutions/", include("lms.accounts.urls_institutions")),
    path("learn/", include("lms.learning.urls")),
    path("lti/", include("lms.learning.lti.urls")),
    path("hours/", include("lms.learning.urls_hours")),
    path("certificates/", include("lms.learning.urls_certificates")),
    path("plans/", include("lms.training.urls")),
    path("bundles/", include("lms.training.urls_bundles")),
    path("cases/", include("lms.training.urls_cases")),
    path("bases/", include("lms.training.urls_bases")),
    path("ce-bases/", include("lms.training.urls_ce_bases")),
    path("programmes/", include("lms.training.urls_programmes")),
    path("digital/", include("lms.training.urls_digital")),
    path("merits/", include("lms.training.urls_merits")),
    path("board/", include("lms.training.urls_board")),
    path("tenders/", include("lms.training.urls_tenders")),
    path("experts/", include("lms.training.urls_experts")),
    path("group/", include("lms.training.urls_group")),
    path("policies/", include("lms.training.urls_policies")),
    path("suggestions/", include("lms.training.urls_suggestions")),
    path("education-funds/", include("lms.training.urls_education_funds")),
    path("supervision/", include("lms.training.urls_supervision")),
    path("credit/", include("creditbank.urls")),
    path("verify/", include("lms.lib.verify.http")),
    path("xapi/", include("lms.records.urls")),
    # Content that puts a slash of its own behind the endpoint it was launched with.
    path("xapi//", include("lms.records.urls", namespace="xapi-slash")),
    path("h5p/", include("courses.h5p.urls")),
    path("packages/", include("courses.activities.urls")),
    path("search/", include("search.urls")),
    path("", include("themes.urls")),
    path("providers/<slug:code>/", provider, name="provider"),
    path("providers/<slug:code>/<int:version>.css", provider_style, name="provider_style"),
    path("courses/", catalogue),
    path("courses/<slug:slug>/", course),
    path("", include(wagtail_urls)),
]

handler400 = "themes.views.error_400"
handler403 = "themes.views.error_403"
handler404 = "themes.views.error_404"
handler429 = "themes.views.error_429"  # asked for by allauth
handler500 = "themes.views.error_500"
