"""The process of foreign content in the embedded shape, on a port of its own: frames and their files, nothing else."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")

from django.urls import get_resolver

from lms.config import garbage
from lms.config.origins import own_host_only

garbage.start()
application = own_host_only(get_wsgi_application())
# The addresses bring every view with them: not in somebody's first exercise.
_ = get_resolver().url_patterns
garbage.settle()
