"""Courses pass an approver and a reviewer before they are published."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

import lms.lib.ids

TASK = models.OneToOneField(
    auto_created=True,
    on_delete=django.db.models.deletion.CASCADE,
    parent_link=True,
    primary_key=True,
    serialize=False,
    to="wagtailcore.task",
)
WITHDRAWN = models.BooleanField(
    default=False,
    help_text="勾选以后，下一次发布时从课程里移出；正在学习的人不受影响。",
    verbose_name="下一版移出",
)


def unpublished_stay_away(apps: Any, schema_editor: Any) -> None:
    """What was taken out of a course before is not brought back by publishing the whole of it."""
    for name in ("ChapterPage", "LessonPage"):
        pages = apps.get_model("courses", name).objects.filter(live=False, first_published_at__isnull=False)
        for pk in pages.values_list("pk", flat=True):
            apps.get_model("courses", name).objects.filter(pk=pk).update(withdrawn=True)


def _task(name: str, label: str) -> migrations.CreateModel:
    return migrations.CreateModel(
        name=name,
        fields=[("task_ptr", TASK.clone())],
        options={"verbose_name": label},
        bases=("wagtailcore.task",),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0008_authoring"),
        ("accounts", "0016_review"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [
        _task("PlatformReview", "平台复核"),
        _task("ProviderApproval", "开课单位审批"),
        migrations.AddField(model_name="chapterpage", name="withdrawn", field=WITHDRAWN.clone()),
        migrations.AddField(model_name="lessonpage", name="withdrawn", field=WITHDRAWN.clone()),
        migrations.AddField(
            model_name="coursepage",
            name="department",
            field=models.CharField(
                blank=True, help_text="专业科目送审以前须写明。", max_length=100, verbose_name="行业主管部门"
            ),
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("submitted_at", models.DateTimeField()),
                ("scheduled_for", models.DateTimeField(null=True)),
                (
                    "course",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="submissions",
                        to="courses.coursepage",
                    ),
                ),
                (
                    "workflow_state",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="wagtailcore.workflowstate",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OneStepPublishing",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ("since", models.DateField(verbose_name="自")),
                ("until", models.DateField(blank=True, null=True, verbose_name="至")),
                ("reason", models.CharField(max_length=200, verbose_name="理由")),
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
                    models.UniqueConstraint(fields=("organisation", "since"), name="courses_one_step_once")
                ],
            },
        ),
        migrations.RunPython(unpublished_stay_away, migrations.RunPython.noop),
    ]
