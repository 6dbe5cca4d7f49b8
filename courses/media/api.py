"""The front door of media: what a player shows of films and pictures. Others import nothing behind it."""

from courses.media.pictures import of_blocks as pictures
from courses.media.queries import films

__all__ = ["films", "pictures"]
