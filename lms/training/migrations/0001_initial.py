"""Yearly plans of public subjects, and training bundles with their targets."""

import django.db.models.deletion
import lms.lib.ids
from django.db import migrations, models

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0015_doors'),
        ('courses', '0003_first_rule_and_pages'),
    ]

    operations = [
        migrations.CreateModel(
            name='Bundle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('title', models.CharField(max_length=120)),
                ('purpose', models.CharField(max_length=300)),
                ('guide', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('draft', '草稿'), ('published', '已发布'), ('closed', '已停用')], default='draft', max_length=10)),
                ('published_at', models.DateTimeField(null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='BundleCourse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField()),
                ('bundle', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='courses', to='training.bundle')),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='courses.coursepage')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='PlanDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('title', models.CharField(max_length=120)),
                ('number', models.CharField(blank=True, max_length=80)),
                ('note', models.TextField(blank=True)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
        ),
        migrations.CreateModel(
            name='DraftCourse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='courses.coursepage')),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='courses', to='training.plandraft')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('person_times', models.PositiveIntegerField()),
                ('centihours', models.PositiveBigIntegerField(null=True)),
                ('source', models.CharField(blank=True, max_length=300)),
                ('changed_at', models.DateTimeField(auto_now=True)),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('parent', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='training.target')),
            ],
        ),
        migrations.CreateModel(
            name='YearlyPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('series', models.UUIDField(db_index=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=120)),
                ('number', models.CharField(blank=True, max_length=80)),
                ('note', models.TextField(blank=True)),
                ('published_on', models.DateField()),
                ('published_at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'ordering': ['-year', 'authority', '-version'],
            },
        ),
        migrations.CreateModel(
            name='PlanCourse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('title', models.CharField(max_length=255)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('course', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.coursepage')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='courses', to='training.yearlyplan')),
            ],
            options={
                'ordering': ['plan', 'title', 'pk'],
            },
        ),
        migrations.AddIndex(
            model_name='bundle',
            index=models.Index(fields=['year', 'owner'], name='training_bundle_year'),
        ),
        migrations.AddConstraint(
            model_name='bundlecourse',
            constraint=models.UniqueConstraint(fields=('bundle', 'course'), name='training_bundle_course_once'),
        ),
        migrations.AddConstraint(
            model_name='plandraft',
            constraint=models.UniqueConstraint(fields=('authority', 'year'), name='training_draft_once'),
        ),
        migrations.AddConstraint(
            model_name='draftcourse',
            constraint=models.UniqueConstraint(fields=('draft', 'course'), name='training_draft_course_once'),
        ),
        migrations.AddConstraint(
            model_name='draftcourse',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='training_draft_course_days'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.UniqueConstraint(fields=('year', 'body'), name='training_target_once'),
        ),
        migrations.AddConstraint(
            model_name='yearlyplan',
            constraint=models.UniqueConstraint(fields=('authority', 'year', 'version'), name='training_plan_version_once'),
        ),
        migrations.AddConstraint(
            model_name='plancourse',
            constraint=models.UniqueConstraint(fields=('plan', 'course'), name='training_plan_course_once'),
        ),
        migrations.AddConstraint(
            model_name='plancourse',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='training_plan_course_days'),
        ),
        append_only("training_yearlyplan"),
        append_only("training_plancourse"),
    ]
