"""What a rule may ask, give and be capped by; drafts with their panel. Rows of before keep their meaning by the defaults."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids

VERSION = "conversionruleversion"
DRAFT_STATES = [
    ("draft", "起草中"),
    ("review", "评审中"),
    ("returned", "已退回，待修改"),
    ("approved", "评审通过，待公布"),
    ("published", "已公布"),
    ("discarded", "已作废"),
]
MODES = [
    ("course_recombination", "课程重组型"),
    ("credit_recognition", "学分认可型"),
    ("through_train", "直通车式"),
    ("certificate_recognition", "证书认可型"),
]
DIRECTIONS = [
    ("certificate_to_credits", "证书 → 课程学分"),
    ("credits_to_exemption", "课程学分 → 证书考核免考"),
    ("hours_to_credits", "学时 → 学分"),
    ("credits_to_credits", "他校学分 → 本校学分"),
]


def added(name, field):
    return migrations.AddField(VERSION, name, field)


def unset(kind=models.PositiveIntegerField):
    return kind(null=True)


def words(length):
    return models.CharField(blank=True, default="", max_length=length)


class Migration(migrations.Migration):
    dependencies = [
        ("creditbank", "0009_deposits"),
        ("accounts", "0011_erasure"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField("conversionrule", "direction", models.CharField(choices=DIRECTIONS, max_length=40)),
        migrations.AlterField(
            "conversionrule", "mode", models.CharField(blank=True, choices=MODES, max_length=40)
        ),
        migrations.RemoveConstraint(VERSION, "creditbank_rule_gives"),
        migrations.AlterField(VERSION, "level", models.PositiveSmallIntegerField(null=True)),
        migrations.AlterField(VERSION, "occupation_code", models.CharField(blank=True, max_length=16)),
        migrations.AlterField(VERSION, "occupation_name", models.CharField(blank=True, max_length=80)),
        migrations.AlterField(VERSION, "outcome_kind", models.CharField(max_length=40)),
        added("min_score", unset()),
        added("min_amount", unset()),
        added("issuers", unset(models.JSONField)),
        added("awards", unset(models.JSONField)),
        added("course_code", words(40)),
        added("course_name", words(120)),
        added("free", models.PositiveIntegerField(default=0)),
        added("exemptions", unset(models.JSONField)),
        added("rate_per", unset()),
        added("rate_centicredits", unset()),
        added("rate_step", unset()),
        added("rate_of", words(12)),
        added("rate_unit", words(40)),
        added("cap_permille", unset(models.PositiveSmallIntegerField)),
        added("cap_per_year", unset()),
        added("cap_per_institution", unset()),
        added("cap_per_rule", unset()),
        added("group", words(40)),
        added("stackable", models.BooleanField(default=True)),
        added("shares_outcome", models.BooleanField(default=False)),
        added("ends", models.BooleanField(default=False)),
        migrations.AddConstraint(
            VERSION,
            models.CheckConstraint(
                condition=models.Q(
                    ("centicredits__gt", 0),
                    models.Q(("rate_centicredits__gt", 0), ("rate_per__gt", 0)),
                    ("exemptions__isnull", False),
                    ("ends", True),
                    _connector="OR",
                ),
                name="creditbank_rule_gives",
            ),
        ),
        migrations.AddConstraint(
            VERSION,
            models.CheckConstraint(
                condition=models.Q(
                    ("cap_permille__isnull", True), ("cap_permille__range", (1, 1000)), _connector="OR"
                ),
                name="creditbank_rule_ratio",
            ),
        ),
        migrations.CreateModel(
            name="PanelTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("valid_from", models.DateField()),
                ("approvals", models.PositiveSmallIntegerField()),
                ("source", models.TextField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "version"), name="creditbank_panel_version"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("approvals__gte", 2)), name="creditbank_panel_two_pairs"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleDraft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("title", models.CharField(max_length=160, verbose_name="规则名称")),
                (
                    "mode",
                    models.CharField(blank=True, choices=MODES, max_length=40, verbose_name="双证融通模式"),
                ),
                (
                    "direction",
                    models.CharField(choices=DIRECTIONS, max_length=40, verbose_name="转换方向"),
                ),
                ("content", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=DRAFT_STATES, default="draft", max_length=10, verbose_name="状态"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField(default=0)),
                ("approvals", models.PositiveSmallIntegerField(null=True)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("effect_job", models.UUIDField(null=True)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rule_drafts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rule_drafts",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rule_drafts",
                        to="creditbank.programme",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drafts",
                        to="creditbank.conversionrule",
                    ),
                ),
                (
                    "version",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draft",
                        to="creditbank.conversionruleversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "规则草案",
                "verbose_name_plural": "规则草案",
                "indexes": [
                    models.Index(fields=["organisation", "state", "changed_at"], name="creditbank_draft_queue")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("draft", "review", "returned", "approved"))),
                        fields=("rule",),
                        name="creditbank_draft_open_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "published"), ("version__isnull", False)),
                            models.Q(
                                models.Q(("state", "published"), _negated=True), ("version__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="creditbank_draft_published",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleVote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("round", models.PositiveSmallIntegerField()),
                ("approve", models.BooleanField()),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "draft",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="votes",
                        to="creditbank.ruledraft",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("draft", "round", "person"), name="creditbank_vote_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("approve", True), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="creditbank_no_has_a_reason",
                    ),
                ],
            },
        ),
    ]
