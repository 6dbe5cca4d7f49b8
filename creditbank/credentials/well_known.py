"""Where did:web says that the issuer's document is: in /.well-known/, or beside the folder that the platform lives in."""

from django.conf import settings
from django.urls import path

from creditbank.credentials import did, http

urlpatterns = [path(did.document_path(settings.PUBLIC_URL), http.did_document, name="did_document")]
