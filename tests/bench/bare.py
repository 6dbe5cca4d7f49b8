"""The limit for pages: a bare Django view, same server, same machine, same run."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="bench",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
)


def view(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<!doctype html><title>bare</title>" + "x" * 20_000)


urlpatterns = [path("healthz", view), path("", view)]
application = get_wsgi_application()
