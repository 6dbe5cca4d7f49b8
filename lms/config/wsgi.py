"""The web process: Django, with the visitors' cache in front."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")

from django.urls import get_resolver

from lms.config import garbage, sentences
from lms.config.visitor_cache import VisitorCache
from search.warming import warm_in_background

garbage.start()
application = VisitorCache(get_wsgi_application())
# The addresses bring every view with them.
_ = get_resolver().url_patterns
sentences.keep()
garbage.settle()
# Not in somebody's first search, nor before the first page.
warm_in_background()
