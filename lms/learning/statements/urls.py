"""What /hours/ answers of this applet."""

from django.urls import path

from lms.learning.statements import http, http_names, http_packages, http_readiness

paths = [
    path("statements/", http.listing, name="statements"),
    path("statements/issue/", http.issue, name="issue_statement"),
    path("statements/<uuid:uuid>/", http.detail, name="statement"),
    path("statements/<uuid:uuid>.pdf", http.pdf, name="statement_pdf"),
    path("statements/<uuid:uuid>.json", http.data, name="statement_data"),
    path("statements/<uuid:uuid>/link/", http.link, name="statement_link"),
    path("statements/<uuid:uuid>/revoke/", http.revoke, name="revoke_statement"),
    path("readiness/", http_readiness.page, name="readiness"),
    path("packages/", http_packages.listing, name="packages"),
    path("packages/<uuid:uuid>/", http_packages.detail, name="package"),
    path("packages/<uuid:uuid>/retry/", http_packages.retry, name="retry_package"),
    path("packages/<uuid:uuid>.pdf", http_packages.pdf, name="package_pdf"),
    path("packages/<uuid:uuid>.json", http_packages.data, name="package_data"),
    path("name/", http_names.page, name="name"),
    path("name/<uuid:uuid>/withdraw/", http_names.withdraw, name="withdraw_name"),
    path("name/reissue/", http_names.reissue, name="reissue"),
    path("name/evidence/<uuid:uuid>/", http_names.evidence, name="name_evidence"),
]
