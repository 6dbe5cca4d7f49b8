"""Real names: encrypted at rest, found by keyed hash, shown masked.

Owns: the identity paper of a person (GB 11643 number, passport, travel and residence permits of people from Hong Kong,
Macao and Taiwan, foreigners' permanent residence card).
Refuses: faces.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lms.lib.crypto import EncryptedTextField


class Identity(models.Model):
    class Kind(models.TextChoices):
        ID_CARD = "id_card", _("居民身份证")
        PASSPORT = "passport", _("护照")
        HK_MACAO = "hk_macao", _("港澳居民来往内地通行证")
        TAIWAN = "taiwan", _("台湾居民来往大陆通行证")
        RESIDENCE_PERMIT = "residence_permit", _("港澳台居民居住证")
        PERMANENT_RESIDENCE = "permanent_residence", _("外国人永久居留身份证")

    class Status(models.TextChoices):
        CHECKED = "checked", _("格式已核对")
        VERIFIED = "verified", _("已核实")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="identity")
    kind = models.CharField(_("证件类型"), max_length=20, choices=Kind)
    legal_name = EncryptedTextField(_("姓名"))
    number = EncryptedTextField(_("证件号码"))
    # Of a passport: who issued it (issuers.py). "": a passport given before this was asked for, or another paper.
    country = models.CharField(_("签发国家或地区"), max_length=3, blank=True, default="")
    # Over kind and number, without storing either readably: what a paper is found by.
    number_hash = models.CharField(max_length=64)
    status = models.CharField(max_length=10, choices=Status)
    checked_at = models.DateTimeField()

    class Meta:
        verbose_name = _("实名信息")
        constraints = [
            # One paper, one person. Every state numbers its passports by itself.
            models.UniqueConstraint(fields=["number_hash", "country"], name="accounts_identity_paper_once"),
            models.CheckConstraint(
                condition=models.Q(country="") | models.Q(kind="passport"),
                name="accounts_identity_country_of_passport",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_status_display()})"
