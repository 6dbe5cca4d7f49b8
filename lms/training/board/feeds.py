"""The newest postings as RSS and Atom, for whoever follows the board without coming by."""

from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed
from django.utils.translation import gettext as _

from lms.training.board import queries
from lms.training.board.models import Posting
from lms.training.board.words import gone_of, over, over_title

MOST = 50


class Rss(Feed):  # type: ignore[type-arg]  # Django's own class takes no parameters at run time
    """Fifty postings, newest first, narrowed as the board itself: ?kind=, ?authority=."""

    feed_type: Any = Rss201rev2Feed
    language = "zh-hans"

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> queries.Asked:
        return queries.read(request.GET.dict())

    def title(self, asked: queries.Asked) -> str:
        return _("融通公告栏")

    def description(self, asked: queries.Asked) -> str:
        return _("年度计划、承办单位、招收学员通知、公示和结果")

    subtitle = description

    def link(self, asked: queries.Asked) -> str:
        return reverse("board:list")

    def items(self, asked: queries.Asked) -> list[Posting]:
        return queries.newest(asked, MOST)

    def item_title(self, item: Posting) -> str:
        return over_title(item)

    def item_description(self, item: Posting) -> str:
        said = over(item)
        return f"{said}\n\n{item.body}" if said else item.body

    def item_link(self, item: Posting) -> str:
        return reverse("board:posting", args=[item.uuid])

    def item_guid(self, item: Posting) -> str:
        return f"urn:uuid:{item.uuid}"

    item_guid_is_permalink = False

    def item_pubdate(self, item: Posting) -> Any:
        return item.at

    def item_updateddate(self, item: Posting) -> Any:
        gone = gone_of(item)
        return gone.at if gone else item.at

    def item_author_name(self, item: Posting) -> str:
        return item.authority.name

    def item_categories(self, item: Posting) -> list[str]:
        return [str(item.get_kind_display())]


class Atom(Rss):
    feed_type = Atom1Feed
