"""The web process: Django, with the visitors' cache in front."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")

from django.urls import get_resolver

from lms.config import sentences
from lms.config.garbage import settle
from lms.config.visitor_cache import VisitorCache
from search.words import warm_in_background

application = VisitorCache(get_wsgi_application())
# The words of the Chinese dictionary take a second to load: not in somebody's first search.
warm_in_background()
# The addresses bring every view with them.
_ = get_resolver().url_patterns
sentences.keep()
settle()
