"""/providers/<code>/: a provider's own page, with its courses.

Owns: what is shown there, in a fixed number of queries. Refuses: providers that have neither a live course nor anything to
say, which are answered as ones that do not exist; courses that are not everybody's to see.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.pages.models import CoursePage
from courses.translations.api import carded
from lms.accounts.api import Organisation, brand_of
from lms.lib.errors import NotFound
from lms.lib.pages import paginate

PER_PAGE = 12


@require_safe
def provider(request: HttpRequest, code: str) -> HttpResponse:
    organisation = Organisation.objects.filter(code=code).first()
    if organisation is None:
        raise NotFound
    live = CoursePage.objects.live().public().filter(provider=organisation).select_related("provider")
    page = paginate(request, live.order_by("-first_published_at", "pk"), PER_PAGE)
    brand = brand_of(organisation)
    if not page.paginator.count and not brand.version:
        raise NotFound
    context = {"organisation": organisation, "brand": brand, "page": page, "courses": carded(page)}
    return render(request, "courses/provider.html", context)
