"""Every kind of learning outcome, the catalogue of certificates, and which level equals which."""

import django.db.models.deletion
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):
    dependencies = [("creditbank", "0007_ledger_function")]

    operations = [
        migrations.CreateModel(
            name="CatalogueEntry",
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
                        choices=[
                            ("vocational_skill_certificate", "职业技能等级证书"),
                            ("vocational_qualification", "职业资格证书"),
                            ("special_ability_certificate", "专项职业能力证书"),
                            ("x_certificate", "1+X 证书"),
                        ],
                        max_length=40,
                        verbose_name="类型",
                    ),
                ),
                ("occupation_code", models.CharField(blank=True, max_length=10, verbose_name="职业编码")),
                ("digital", models.BooleanField(default=False, verbose_name="数字职业（S）")),
                ("green", models.BooleanField(default=False, verbose_name="绿色职业（L）")),
                ("name", models.CharField(max_length=120, verbose_name="名称")),
                ("name_key", models.CharField(max_length=140)),
                ("levels", models.JSONField(default=list, verbose_name="等级")),
                ("issuers", models.JSONField(default=list, verbose_name="发证机构")),
                ("assessor_types", models.JSONField(default=list, verbose_name="评价主体")),
                (
                    "validity_months",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="有效期（月）"),
                ),
                ("valid_from", models.DateField(verbose_name="自")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="至")),
                ("source", models.TextField(verbose_name="依据")),
                ("changed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "证书目录",
                "verbose_name_plural": "证书目录",
            },
        ),
        migrations.CreateModel(
            name="LevelEquivalence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                        ],
                        verbose_name="技能等级",
                    ),
                ),
                (
                    "professional",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("assistant", "助理级（初级职称）"),
                            ("middle", "中级职称"),
                            ("associate", "副高级职称"),
                            ("full", "正高级职称"),
                        ],
                        max_length=10,
                        verbose_name="相当于",
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="自")),
                ("source", models.TextField(verbose_name="依据")),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.RemoveConstraint(
            model_name="learningoutcome",
            name="creditbank_verified_by_someone",
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="assessor_type",
            field=models.CharField(
                blank=True,
                choices=[
                    ("government", "政府部门评价"),
                    ("employer", "用人单位评价"),
                    ("social", "社会培训评价组织评价"),
                ],
                max_length=10,
                verbose_name="评价主体",
            ),
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="award",
            field=models.CharField(blank=True, max_length=30),
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="centicredits",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="学分"),
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="centihours",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="学时"),
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="course_code",
            field=models.CharField(blank=True, max_length=40, verbose_name="课程代码"),
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="details",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="score",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="成绩"),
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="starts_on",
            field=models.DateField(blank=True, null=True, verbose_name="开始日期"),
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="unit",
            field=models.CharField(blank=True, max_length=12),
        ),
        migrations.AlterField(
            model_name="learningoutcome",
            name="kind",
            field=models.CharField(
                choices=[
                    ("vocational_skill_certificate", "职业技能等级证书"),
                    ("vocational_qualification", "职业资格证书"),
                    ("special_ability_certificate", "专项职业能力证书"),
                    ("x_certificate", "1+X 证书"),
                    ("degree_course", "学历课程成绩"),
                    ("training_hours", "培训学时"),
                    ("competition_award", "竞赛获奖"),
                    ("five_small_result", "“五小”成果"),
                    ("theory_paper", "论文替代成果"),
                ],
                max_length=40,
                verbose_name="证书类型",
            ),
        ),
        migrations.AlterField(
            model_name="learningoutcome",
            name="level",
            field=models.PositiveSmallIntegerField(
                blank=True,
                choices=[
                    (6, "学徒工"),
                    (5, "五级/初级工"),
                    (4, "四级/中级工"),
                    (3, "三级/高级工"),
                    (2, "二级/技师"),
                    (1, "一级/高级技师"),
                    (7, "特级技师"),
                    (8, "首席技师"),
                ],
                null=True,
                verbose_name="等级",
            ),
        ),
        migrations.AlterField(
            model_name="learningoutcome",
            name="method",
            field=models.CharField(
                blank=True,
                choices=[
                    ("issuer", "向发证机构核实"),
                    ("register", "在官方查询系统核实"),
                    ("original", "查验证书原件"),
                    ("deposit", "由发证机构存入"),
                ],
                max_length=10,
                verbose_name="核实方式",
            ),
        ),
        migrations.AlterField(
            model_name="learningoutcome",
            name="status",
            field=models.CharField(
                choices=[
                    ("submitted", "待核实"),
                    ("supplement", "待补充材料"),
                    ("verified", "已核实"),
                    ("refused", "未通过核实"),
                ],
                default="submitted",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="catalogueentry",
            index=models.Index(fields=["occupation_code", "kind"], name="creditbank_catalogue_code"),
        ),
        migrations.AddIndex(
            model_name="catalogueentry",
            index=models.Index(fields=["name_key"], name="creditbank_catalogue_name"),
        ),
        migrations.AddConstraint(
            model_name="catalogueentry",
            constraint=models.UniqueConstraint(
                fields=("kind", "occupation_code", "name_key", "valid_from"), name="creditbank_catalogue_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="catalogueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_until__isnull", True),
                    ("valid_until__gte", models.F("valid_from")),
                    _connector="OR",
                ),
                name="creditbank_catalogue_days",
            ),
        ),
        migrations.AddField(
            model_name="learningoutcome",
            name="entry",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="creditbank.catalogueentry",
            ),
        ),
        migrations.AddIndex(
            model_name="learningoutcome",
            index=models.Index(fields=["issuer", "status", "deposited_at"], name="creditbank_outcome_issuer"),
        ),
        migrations.AddConstraint(
            model_name="learningoutcome",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "verified"), _negated=True),
                    models.Q(("verified_at__isnull", False), ("verified_by__isnull", False)),
                    models.Q(
                        ("method", "deposit"),
                        ("verified_at__isnull", False),
                        models.Q(("verified_for", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="creditbank_verified_by_someone",
            ),
        ),
        append_only("creditbank_levelequivalence"),
    ]
