"""双证融通: plans, people in them, what was assessed and what came of it."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only, append_only_but_erasable


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "__first__"),
        ("creditbank", "0012_applications"),
    ]

    operations = [
        migrations.CreateModel(
            name="FusedPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("code", models.SlugField(max_length=80, unique=True, verbose_name="方案编号")),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("course_recombination", "课程重组型"),
                            ("credit_recognition", "学分认可型"),
                            ("through_train", "直通车式"),
                            ("certificate_recognition", "证书认可型"),
                        ],
                        max_length=40,
                        verbose_name="模式",
                    ),
                ),
                (
                    "assessor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fused_plans",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fused_plans",
                        to="creditbank.programme",
                    ),
                ),
            ],
            options={
                "verbose_name": "融通方案",
            },
        ),
        migrations.CreateModel(
            name="FusedPlanVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("number", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=120)),
                ("certificate", models.CharField(max_length=120)),
                ("occupation_code", models.CharField(max_length=16)),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (6, "学徒工"),
                            (5, "五级/初级工"),
                            (4, "四级/中级工"),
                            (3, "三级/高级工"),
                            (2, "二级/技师"),
                            (1, "一级/高级技师"),
                            (7, "特级技师"),
                            (8, "首席技师"),
                        ]
                    ),
                ),
                ("courses", models.JSONField()),
                ("parts", models.JSONField(default=list)),
                ("share_min_permille", models.PositiveSmallIntegerField(null=True)),
                ("share_max_permille", models.PositiveSmallIntegerField(null=True)),
                ("valid_from", models.DateField()),
                ("valid_until", models.DateField(null=True)),
                ("source", models.CharField(max_length=200)),
                ("published_at", models.DateTimeField()),
                ("published_by", models.UUIDField(null=True)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="creditbank.fusedplan",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "number"), name="creditbank_fused_version"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_until__isnull", True),
                            ("valid_until__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="creditbank_fused_dates",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FusedEnrolment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("applied", "待学校确认"),
                            ("admitted", "学习中"),
                            ("awarded", "已发证"),
                            ("refused", "未录取"),
                            ("left", "已退出"),
                        ],
                        default="applied",
                        max_length=10,
                    ),
                ),
                ("applied_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
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
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fused_enrolments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="creditbank.fusedplan",
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="enrolments",
                        to="creditbank.fusedplanversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "融通学员",
                "indexes": [
                    models.Index(fields=["plan", "state", "applied_at"], name="creditbank_fused_queue"),
                    models.Index(fields=["person", "applied_at"], name="creditbank_fused_person"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["applied", "admitted", "awarded"])),
                        fields=("person", "plan"),
                        name="creditbank_fused_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FusedResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("erased", models.BooleanField(db_default=False, default=False, editable=False)),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("course_code", models.CharField(max_length=40)),
                ("attempt", models.PositiveIntegerField()),
                ("scores", models.JSONField()),
                ("passed", models.BooleanField()),
                ("assessed_on", models.DateField()),
                ("recorded_at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                (
                    "body",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="creditbank.fusedresult",
                    ),
                ),
                (
                    "enrolment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="results",
                        to="creditbank.fusedenrolment",
                    ),
                ),
                (
                    "recorded_by",
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
                        fields=("enrolment", "course_code", "attempt"), name="creditbank_fused_attempt"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FusedAward",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("awarded_at", models.DateTimeField()),
                (
                    "application",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fused_award",
                        to="creditbank.application",
                    ),
                ),
                (
                    "awarded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "outcome",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fused_award",
                        to="creditbank.learningoutcome",
                    ),
                ),
                (
                    "enrolment",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="award",
                        to="creditbank.fusedenrolment",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="FusedCredit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "application",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fused_credit",
                        to="creditbank.application",
                    ),
                ),
                (
                    "outcome",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="fused_credits",
                        to="creditbank.learningoutcome",
                    ),
                ),
                (
                    "result",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="credit",
                        to="creditbank.fusedresult",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ExemptionRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("submitted", "待评价机构审核"),
                            ("granted", "已同意免考"),
                            ("refused", "未同意"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="submitted",
                        max_length=10,
                    ),
                ),
                ("evaluated_on", models.DateField()),
                ("worth", models.JSONField()),
                ("decision", models.JSONField(null=True)),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True)),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exemptions",
                        to="creditbank.learningoutcome",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exemptions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="creditbank.conversionrule",
                    ),
                ),
                (
                    "rule_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="creditbank.conversionruleversion",
                    ),
                ),
                (
                    "plan_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="exemptions",
                        to="creditbank.fusedplanversion",
                    ),
                ),
            ],
            options={
                "verbose_name": "免考申请",
                "indexes": [
                    models.Index(fields=["person", "asked_at"], name="creditbank_exempt_person"),
                    models.Index(fields=["state", "asked_at"], name="creditbank_exempt_queue"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["submitted", "granted"])),
                        fields=("outcome", "rule"),
                        name="creditbank_exempt_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Exemption",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("holder", models.UUIDField()),
                ("code", models.CharField(max_length=80)),
                ("name", models.CharField(max_length=120)),
                ("course_code", models.CharField(max_length=40)),
                ("course_name", models.CharField(max_length=120)),
                ("grade", models.PositiveIntegerField(null=True)),
                ("granted_at", models.DateTimeField()),
                (
                    "programme",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="creditbank.programme",
                    ),
                ),
                (
                    "request",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="creditbank.exemptionrequest",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("holder", "programme", "code"), name="creditbank_exemption_part_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FusedSubsidy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("development", "培训项目开发费补贴"), ("training", "培训费补贴")],
                        max_length=12,
                    ),
                ),
                ("claimed_at", models.DateTimeField()),
                (
                    "claimed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "enrolment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subsidies",
                        to="creditbank.fusedenrolment",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subsidies",
                        to="creditbank.fusedplan",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("enrolment__isnull", True)),
                        fields=("plan",),
                        name="creditbank_subsidy_plan",
                    ),
                    models.UniqueConstraint(fields=("enrolment",), name="creditbank_subsidy_person"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("enrolment__isnull", True), ("kind", "development")),
                            models.Q(("enrolment__isnull", False), ("kind", "training")),
                            _connector="OR",
                        ),
                        name="creditbank_subsidy_of_one",
                    ),
                ],
            },
        ),
        append_only_but_erasable("creditbank_fusedresult", "reason"),
        append_only("creditbank_fusedplanversion"),
        append_only("creditbank_fusedcredit"),
        append_only("creditbank_fusedaward"),
        append_only("creditbank_exemption"),
        append_only("creditbank_fusedsubsidy"),
    ]
