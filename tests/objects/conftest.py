"""The store's fixtures, for every test here."""

from tests.objects.s3 import asked, server, store, where

__all__ = ["asked", "server", "store", "where"]
