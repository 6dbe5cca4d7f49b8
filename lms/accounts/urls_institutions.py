"""/institutions/: the public list of registered organisations."""

from django.urls import path

from lms.accounts.institutions import http as institutions

app_name = "institutions"

urlpatterns = [path("", institutions.public_list, name="list")]
