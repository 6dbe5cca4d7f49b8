"""What the roles of texts are called to those who translate them."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ROLES = {
    "title": _("课程名称"),
    "summary": _("一句话介绍"),
    "audience": _("适合谁"),
    "outcome": _("学完能做什么"),
    "chapter": pgettext_lazy("译文", "章"),
    "lesson": _("课时名称"),
    "rich": _("文字"),
    "alt": _("替代文字"),
    "caption": _("图片说明"),
    "film": _("视频标题"),
    "mark": _("视频里的章节"),
    "exercise": _("互动练习的标题"),
    "file": _("附件名称"),
    "quiz": _("测验标题"),
    "stem": _("题干"),
    "prompt": _("配对题左边"),
    "option": _("选项"),
    "accepted": _("填空可接受的答案"),
    "why": _("解析"),
}
