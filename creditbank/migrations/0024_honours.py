"""Honours: the dated rules, the rewards under them, which only grow; cohorts with their members and what was said of them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only, append_only_but_erasable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0017_branding"),
        ("creditbank", "0023_units"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Cohort",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("name", models.CharField(max_length=60, verbose_name="名称")),
                ("first_year", models.PositiveSmallIntegerField(verbose_name="起始年份")),
                ("target", models.PositiveIntegerField(verbose_name="目标人数")),
                ("source", models.TextField(verbose_name="依据")),
                ("made_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cohorts",
                        to="accounts.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CohortMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("number", models.CharField(max_length=40, verbose_name="学号")),
                ("college", models.CharField(max_length=120, verbose_name="学校")),
                ("programme", models.CharField(max_length=120, verbose_name="专业")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("invited", "待本人确认"),
                            ("declined", "本人未接受"),
                            ("joined", "已加入"),
                            ("left", "已退出"),
                        ],
                        default="invited",
                        max_length=10,
                    ),
                ),
                ("invited_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("joined_on", models.DateField(null=True, verbose_name="加入日期")),
                ("left_on", models.DateField(null=True, verbose_name="退出日期")),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="creditbank.cohort",
                    ),
                ),
                (
                    "degree",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="degrees",
                        to="creditbank.learningoutcome",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cohorts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "学历提升计划成员",
                "verbose_name_plural": "学历提升计划成员",
            },
        ),
        migrations.CreateModel(
            name="CohortRelease",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("content", models.JSONField()),
                (
                    "cohort",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="releases",
                        to="creditbank.cohort",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reward",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("erased", models.BooleanField(db_default=False, default=False, editable=False)),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("number", models.PositiveSmallIntegerField()),
                ("award", models.CharField(blank=True, max_length=30)),
                ("score", models.PositiveIntegerField(null=True)),
                ("honour", models.CharField(max_length=60, verbose_name="荣誉称号")),
                ("fen", models.PositiveIntegerField(verbose_name="物质奖励")),
                ("reason", models.TextField(blank=True, verbose_name="说明")),
                ("decided_at", models.DateTimeField()),
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
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rewards",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "outcome",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rewards",
                        to="creditbank.learningoutcome",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RewardReversal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("erased", models.BooleanField(db_default=False, default=False, editable=False)),
                ("reason", models.TextField(blank=True, verbose_name="理由")),
                ("decided_at", models.DateTimeField()),
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
                    "reward",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reversal",
                        to="creditbank.reward",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RewardRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("award", models.CharField(blank=True, max_length=30)),
                ("least", models.PositiveIntegerField(null=True, verbose_name="不低于")),
                ("occupation_code", models.CharField(blank=True, max_length=10, verbose_name="职业编码")),
                ("honour", models.CharField(max_length=60, verbose_name="荣誉称号")),
                ("fen", models.PositiveIntegerField(default=0, verbose_name="物质奖励")),
                ("stops", models.BooleanField(default=False, verbose_name="不再奖励")),
                ("valid_from", models.DateField(verbose_name="自")),
                ("source", models.TextField(verbose_name="依据")),
                ("made_at", models.DateTimeField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reward_rules",
                        to="accounts.organisation",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="reward",
            name="rule",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="rewards",
                to="creditbank.rewardrule",
            ),
        ),
        migrations.AddConstraint(
            model_name="cohort",
            constraint=models.UniqueConstraint(
                fields=("organisation", "name", "first_year"), name="creditbank_cohort_once"
            ),
        ),
        migrations.AddIndex(
            model_name="cohortmember",
            index=models.Index(fields=["cohort", "state", "id"], name="creditbank_member_cohort"),
        ),
        migrations.AddConstraint(
            model_name="cohortmember",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["invited", "joined"])),
                fields=("cohort", "person"),
                name="creditbank_member_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="cohortmember",
            constraint=models.UniqueConstraint(fields=("cohort", "degree"), name="creditbank_member_degree"),
        ),
        migrations.AddConstraint(
            model_name="cohortrelease",
            constraint=models.UniqueConstraint(
                fields=("cohort", "day"), name="creditbank_cohort_release_once"
            ),
        ),
        migrations.AddIndex(
            model_name="rewardrule",
            index=models.Index(fields=["organisation", "valid_from"], name="creditbank_reward_rule_of"),
        ),
        migrations.AddConstraint(
            model_name="rewardrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("award", ""), ("least__isnull", False)),
                    models.Q(models.Q(("award", ""), _negated=True), ("least__isnull", True)),
                    _connector="OR",
                ),
                name="creditbank_reward_rule_measure",
            ),
        ),
        migrations.AddConstraint(
            model_name="reward",
            constraint=models.UniqueConstraint(
                fields=("outcome", "organisation", "number"), name="creditbank_reward_once"
            ),
        ),
        append_only("creditbank_rewardrule"),
        append_only_but_erasable("creditbank_reward", "reason"),
        append_only_but_erasable("creditbank_rewardreversal", "reason"),
        append_only("creditbank_cohort"),
        append_only("creditbank_cohortrelease"),
    ]
