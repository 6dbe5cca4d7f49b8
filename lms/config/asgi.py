"""The process of study reports (deploy/bin/study): the door in front of Django. Pages are served by wsgi.py."""

import os

from django.core.asgi import get_asgi_application
from django.utils.module_loading import import_string

from lms.config import garbage

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.config.settings")

garbage.start()
_ordinary = get_asgi_application()
# By name: the door's models can be imported only once Django is set up, which the line above does.
application = import_string("lms.learning.study.door.StudyDoor")(_ordinary)
garbage.settle()
