"""Pages of a list in /api/v1. Owns: how far limit and offset go. Refuses: reading more than a page of what it is handed."""

from ninja import Field, Schema
from ninja.pagination import LimitOffsetPagination


class Pages(LimitOffsetPagination):
    """limit and offset with an end: beyond it a database's own integers end too."""

    class Input(Schema):
        limit: int = Field(100, ge=1, le=100)
        offset: int = Field(0, ge=0, le=1_000_000)
