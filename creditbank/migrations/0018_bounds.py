"""Bounds: which institution may deposit what, published figures as dated statements, the inside of a day's tree."""

import django.db.models.deletion
from django.db import migrations, models

from lms.lib.appendonly import append_only

ORGANISATIONS = [
    ("college", "院校"),
    ("provider", "培训机构"),
    ("enterprise", "企业"),
    ("authority", "主管部门"),
    ("assessor", "评价机构"),
    ("union", "工会"),
]
KINDS = [
    ("vocational_skill_certificate", "职业技能等级证书"),
    ("vocational_qualification", "职业资格证书"),
    ("special_ability_certificate", "专项职业能力证书"),
    ("x_certificate", "1+X 证书"),
    ("degree_course", "学历课程成绩"),
    ("training_hours", "培训学时"),
    ("competition_award", "竞赛获奖"),
    ("five_small_result", "“五小”成果"),
    ("theory_paper", "论文替代成果"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_machines"), ("creditbank", "0017_leftovers")]

    operations = [
        migrations.CreateModel(
            name="LedgerBranch",
            fields=[
                ("hash", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("twigs", models.JSONField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="StatisticsRelease",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("content", models.JSONField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="IssuingRight",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "organisation_kind",
                    models.CharField(
                        blank=True, choices=ORGANISATIONS, max_length=12, verbose_name="机构类别"
                    ),
                ),
                ("kind", models.CharField(choices=KINDS, max_length=40, verbose_name="成果类型")),
                ("allowed", models.BooleanField(verbose_name="可以存入")),
                ("valid_from", models.DateField(verbose_name="自")),
                ("source", models.TextField(verbose_name="依据")),
                ("made_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="issuing_rights",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "kind"], name="creditbank_right_whose")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("organisation__isnull", True), ("organisation_kind__gt", "")),
                            models.Q(("organisation__isnull", False), ("organisation_kind", "")),
                            _connector="OR",
                        ),
                        name="creditbank_right_of_one",
                    )
                ],
            },
        ),
        append_only("creditbank_ledgerbranch"),
        append_only("creditbank_statisticsrelease"),
        append_only("creditbank_issuingright"),
    ]
