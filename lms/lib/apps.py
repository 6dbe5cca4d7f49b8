from django.apps import AppConfig
from django.forms import Field
from django.utils.translation import gettext_lazy as _


class LibConfig(AppConfig):
    name = "lms.lib"
    label = "lib"
    verbose_name = "Ground"

    def ready(self) -> None:
        # An empty field of any form, where the form has no words of its own: "必需字段" is all that Wagtail's Chinese says.
        Field.default_error_messages = {**Field.default_error_messages, "required": _("请填写这一项。")}
