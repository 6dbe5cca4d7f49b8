"""Browsers of tests: somebody signed in, as a learner or with the staff's pages."""

from django.contrib.auth.models import Permission
from django.test import Client


def signed_in(user, *, staff=False):
    if staff:
        user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client = Client()
    client.force_login(user)
    return client
