"""Who approves and who reviews courses."""

from django.db import migrations, models

ROLES = [
    ("editor", "课程编辑"),
    ("approver", "课程审批"),
    ("curator", "课程复核"),
    ("teacher", "教师"),
    ("reviewer", "学分审核"),
    ("assessor", "考评员"),
    ("hr", "人事专员"),
    ("officer", "主管部门人员"),
    ("auditor", "审计员"),
    ("admin", "机构管理员"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_doors")]

    operations = [
        migrations.AlterField(
            model_name=model,
            name="role",
            field=models.CharField(choices=ROLES, max_length=12, verbose_name="角色"),
        )
        for model in ("membership", "roleinvitation")
    ]
