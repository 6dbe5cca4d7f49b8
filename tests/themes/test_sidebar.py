"""The side bar that is kept says what Wagtail's own would."""

from django.utils.translation import gettext_lazy, override
from wagtail.admin.telepath import JSContext
from wagtail.admin.ui.sidebar import LinkMenuItem, MainMenuModule, PageExplorerMenuItem, SubMenuItem

from tests.factories.accounts import UserFactory

SEARCH = gettext_lazy("搜索")


def entries(label="办理事项（3）", attrs=None):
    return [
        PageExplorerMenuItem("explorer", SEARCH, "/admin/pages/", 7, icon_name="folder-open-inverse"),
        SubMenuItem("people", "人员", [LinkMenuItem("roles", label, "/admin/roles/", attrs=attrs)]),
    ]


def packed(items):
    module = MainMenuModule(items, [], UserFactory.build(first_name="郑明"))
    (found,) = JSContext().pack([module])
    return found


def test_the_entries_are_what_wagtail_says(db):
    for items in (entries(), entries(), entries(attrs={"data-controller": "w-dismissible"}), []):
        found = packed(items)
        assert found["_type"] == "wagtail.sidebar.MainMenuModule"
        assert found["_args"][0] == JSContext().pack(items)
        assert found["_args"][2]["name"] == "郑明"


def test_another_number_or_language_is_another_side_bar(db):
    one, other = (packed(entries(label))["_args"][0] for label in ("办理事项（3）", "办理事项（4）"))
    assert one != other
    with override("en"):
        english = packed(entries())["_args"][0]
    assert english == packed_in("en") != one


def packed_in(language):
    with override(language):
        return JSContext().pack(entries())
