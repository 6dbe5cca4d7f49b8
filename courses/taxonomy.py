"""The words courses are filed under. Kinds, themes, topics and sectors are those of 沪人社专〔2022〕372号, 三(一)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    PUBLIC = "public", _("公需科目")
    SPECIALTY = "specialty", _("专业科目")
    VOCATIONAL = "vocational", _("职业技能")


class Theme(models.TextChoices):
    POLITICS = "politics", _("思想政治学习")
    KNOWLEDGE = "knowledge", _("知识更新拓展")
    SCIENCE_SPIRIT = "science_spirit", _("科学精神培育")
    ETHICS = "ethics", _("职业道德养成")
    TEAMWORK = "teamwork", _("团队合作建设")
    DIGITAL = "digital", _("数字技术")
    IP = "ip", _("知识产权")
    NETWORK_SECURITY = "network_security", _("网络安全")
    EMERGENCY = "emergency", _("应急管理")


class Sector(models.TextChoices):
    INDUSTRY = "industry", _("工业信息")
    SCIENCE = "science", _("科技创新")
    EDUCATION_HEALTH = "education_health", _("教育卫生")
    AGRICULTURE = "agriculture", _("农业农村")
    CULTURE_TOURISM = "culture_tourism", _("文化旅游")
    CONSTRUCTION_TRANSPORT = "construction_transport", _("建设交通")
    FINANCE = "finance", _("金融财会")
    TRADE = "trade", _("服务贸易")
    ENVIRONMENT = "environment", _("生态环境")


class Mode(models.TextChoices):
    """应知 is theory and may be online, 应会 is practice with an assessor (青科委〔2022〕69号, 三)."""

    ONLINE = "online", _("线上 · 应知")
    OFFLINE = "offline", _("线下 · 应会")
    BLENDED = "blended", _("线上应知 + 线下应会")


class Level(models.IntegerChoices):
    FIVE = 5, _("五级 / 初级工")
    FOUR = 4, _("四级 / 中级工")
    THREE = 3, _("三级 / 高级工")
    TWO = 2, _("二级 / 技师")
    ONE = 1, _("一级 / 高级技师")


class QuizRule(models.TextChoices):
    ALL_PASSED = "all_passed", _("全部测验通过")
    NONE = "none", _("不要求测验")


# The fields whose codes people see by name.
NAMED: dict[str, type[models.Choices]] = {
    "kind": Kind,
    "sector": Sector,
    "theme": Theme,
    "mode": Mode,
    "level": Level,
    "occupation_level": Level,
}
