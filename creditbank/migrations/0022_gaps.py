"""Promotion by an award: the dated rules, which only grow, and the proposals."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only

LEVELS = [
    (6, "学徒工"),
    (5, "五级/初级工"),
    (4, "四级/中级工"),
    (3, "三级/高级工"),
    (2, "二级/技师"),
    (1, "一级/高级技师"),
    (7, "特级技师"),
    (8, "首席技师"),
]
STATES = [
    ("proposed", "待评价机构确认"),
    ("confirmed", "已晋级"),
    ("refused", "未晋级"),
    ("withdrawn", "已撤回"),
]


def key():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def uuid():
    return models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_machines"),
        ("creditbank", "0021_postings_again"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="PromotionRule",
            fields=[
                ("id", key()),
                ("uuid", uuid()),
                ("award", models.CharField(max_length=30)),
                ("occupation_code", models.CharField(blank=True, max_length=10, verbose_name="职业编码")),
                ("level", models.PositiveSmallIntegerField(choices=LEVELS, null=True, verbose_name="等级")),
                ("valid_from", models.DateField(verbose_name="自")),
                ("source", models.TextField(verbose_name="依据")),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["award", "valid_from"], name="creditbank_promotion_award")]
            },
        ),
        migrations.CreateModel(
            name="Promotion",
            fields=[
                ("id", key()),
                ("uuid", uuid()),
                ("occupation_code", models.CharField(max_length=10, verbose_name="职业编码")),
                ("occupation_name", models.CharField(max_length=120, verbose_name="职业")),
                ("level", models.PositiveSmallIntegerField(choices=LEVELS, verbose_name="等级")),
                ("state", models.CharField(choices=STATES, default="proposed", max_length=10)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "assessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "certificate",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="creditbank.learningoutcome",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "outcome",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="promotions",
                        to="creditbank.learningoutcome",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="promotions",
                        to="creditbank.promotionrule",
                    ),
                ),
            ],
            options={
                "verbose_name": "竞赛晋级",
                "verbose_name_plural": "竞赛晋级",
                "indexes": [
                    models.Index(
                        fields=["assessor", "state", "proposed_at"], name="creditbank_promotion_queue"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["outcome"],
                        condition=models.Q(state__in=["proposed", "confirmed"]),
                        name="creditbank_promotion_once",
                    )
                ],
            },
        ),
        append_only("creditbank_promotionrule"),
    ]
