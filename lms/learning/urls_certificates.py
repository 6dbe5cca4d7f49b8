"""/certificates/: the PDF, for its holder and the provider's staff."""

from django.urls import path

from lms.learning.certificates import http

app_name = "certificates"

urlpatterns = [path("<uuid:uuid>.pdf", http.pdf, name="pdf")]
