"""What acts on a course are called."""

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "course.import": _("导入课程包"),
    "course.release": _("发布为新的一版"),
    "course.submit": _("送审"),
    "course.approve": _("审核通过"),
    "course.return": _("退回修改"),
    "course.withdraw": _("撤回送审"),
    "course.schedule": _("定时发布"),
    "course.unschedule": _("取消定时"),
    "course.schedule_failed": _("到时没有发布"),
    "course.expire": _("到期，停止报名"),
    "course.archive": _("下架"),
    "course.copy": _("复制"),
    "course.facts": _("批量修改"),
    "course.translate": _("写译文"),
    "course.translate_file": _("载入译文文件"),
    "course.translation_publish": _("发布译文"),
    "course.translation_withdraw": _("撤下译文"),
}
CHANGES = {
    "new": _("新增"),
    "changed": _("有改动"),
    "withdrawn": _("移出"),
    "same": _("不变"),
}


def step_name(task: Any) -> str:
    """What a step is called, in the reader's language: its row has one name only."""
    return str(task.specific_class._meta.verbose_name)
