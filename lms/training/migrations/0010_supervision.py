"""Spot checks: forms, frames, secrets and draws, checks with their photos and findings; figures of ended days."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids
import lms.lib.private
import lms.training.supervision.models
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    dependencies = [
        ("training", "0009_digital"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SampleDraw',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('root_day', models.DateField()),
                ('root', models.CharField(max_length=64)),
                ('seed', models.CharField(max_length=64)),
                ('drawn', models.JSONField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='CheckForm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('valid_from', models.DateField()),
                ('items', models.JSONField()),
                ('source', models.TextField()),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-version'],
            },
        ),
        migrations.CreateModel(
            name='Check',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=40, unique=True)),
                ('sort', models.CharField(choices=[('programme', '研修项目'), ('run', '培训班次'), ('base', '技能人才培育实训基地'), ('ce_base', '继续教育基地')], max_length=10)),
                ('subject', models.UUIDField()),
                ('title', models.CharField(max_length=200)),
                ('reason', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('planned', '待安排'), ('visiting', '检查中'), ('handed_in', '待复核确认'), ('decided', '已有结论'), ('dropped', '已取消')], default='planned', max_length=10)),
                ('answers', models.JSONField(default=dict)),
                ('findings', models.JSONField(default=list)),
                ('remark', models.TextField(blank=True)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('checked_on', models.DateField(null=True)),
                ('centimarks', models.PositiveIntegerField(null=True)),
                ('verdict', models.CharField(blank=True, choices=[('pass', '合格'), ('fail', '不合格')], max_length=4)),
                ('public', models.BooleanField(default=False)),
                ('planned_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('handed_in_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.processrule')),
                ('form', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.checkform')),
                ('draw', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='checks', to='training.sampledraw')),
            ],
            options={
                'verbose_name': '检查',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='CheckPhoto',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('mime', models.CharField(max_length=40)),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('added_at', models.DateTimeField()),
                ('item', models.CharField(blank=True, max_length=40)),
                ('token', models.CharField(max_length=64)),
                ('file', models.FileField(max_length=200, storage=lms.lib.private.private_storage, upload_to=lms.training.supervision.models.photo_path)),
                ('check_of', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='photos', to='training.check')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='DayFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('figure', models.CharField(max_length=20)),
                ('part', models.CharField(max_length=40)),
                ('amount', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('figure', 'day', 'part'), name='training_day_figure_once')],
            },
        ),
        migrations.CreateModel(
            name='SampleFrame',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=40, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('sort', models.CharField(choices=[('programme', '研修项目'), ('run', '培训班次'), ('base', '技能人才培育实训基地'), ('ce_base', '继续教育基地')], max_length=10)),
                ('announced', models.BooleanField()),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('takes', models.JSONField()),
                ('size', models.PositiveIntegerField()),
                ('text', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '抽查',
                'ordering': ['-pk'],
            },
        ),
        migrations.AddField(
            model_name='sampledraw',
            name='frame',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='draw', to='training.sampleframe'),
        ),
        migrations.CreateModel(
            name='FrameEnd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('frame', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='end', to='training.sampleframe')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SeedCommit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('commitment', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('frame', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='commits', to='training.sampleframe')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['frame', 'number'],
            },
        ),
        migrations.CreateModel(
            name='SeedReveal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('commit', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='reveal', to='training.seedcommit')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Checker',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('turn', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('check_of', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='checkers', to='training.check')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('check_of', 'turn', 'person'), name='training_checker_once')],
            },
        ),
        migrations.CreateModel(
            name='CheckFinding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='finding', to='training.case')),
                ('check_of', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='raised', to='training.check')),
            ],
            options={
                'ordering': ['check_of', 'number'],
                'constraints': [models.UniqueConstraint(fields=('check_of', 'number'), name='training_finding_number')],
            },
        ),
        migrations.AddConstraint(
            model_name='checkform',
            constraint=models.UniqueConstraint(fields=('authority', 'version'), name='training_check_form_version'),
        ),
        migrations.AddConstraint(
            model_name='checkphoto',
            constraint=models.UniqueConstraint(fields=('check_of', 'token'), name='training_check_photo_once'),
        ),
        migrations.AddIndex(
            model_name='check',
            index=models.Index(fields=['authority', 'state', '-id'], name='training_check_state'),
        ),
        migrations.AddIndex(
            model_name='check',
            index=models.Index(fields=['body', 'state', '-checked_on'], name='training_check_body'),
        ),
        migrations.AddIndex(
            model_name='check',
            index=models.Index(fields=['sort', 'subject'], name='training_check_subject'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.UniqueConstraint(condition=models.Q(('draw__isnull', False)), fields=('draw', 'subject'), name='training_check_once'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'decided'), _negated=True), models.Q(('centimarks__isnull', False), ('checked_on__isnull', False), ('decided_at__isnull', False), models.Q(('verdict', ''), _negated=True)), _connector='OR'), name='training_check_decided'),
        ),
        migrations.AddConstraint(
            model_name='check',
            constraint=models.CheckConstraint(condition=models.Q(('draw__isnull', False), models.Q(('reason', ''), _negated=True), _connector='OR'), name='training_check_reason'),
        ),
        migrations.AddIndex(
            model_name='sampleframe',
            index=models.Index(fields=['authority', '-id'], name='training_frame_authority'),
        ),
        migrations.AddConstraint(
            model_name='sampleframe',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day')), ('size__gte', 1)), name='training_frame_days'),
        ),
        migrations.AddConstraint(
            model_name='seedcommit',
            constraint=models.UniqueConstraint(fields=('frame', 'number'), name='training_commit_number'),
        ),
        migrations.AddConstraint(
            model_name='seedcommit',
            constraint=models.UniqueConstraint(fields=('frame', 'person'), name='training_commit_person'),
        ),
        migrations.AddConstraint(
            model_name='seedcommit',
            constraint=models.CheckConstraint(condition=models.Q(('number__gte', 1), ('number__lte', 2)), name='training_commit_two'),
        ),
        append_only("training_sampledraw"),
        append_only("training_checkform"),
        append_only("training_sampleframe"),
        append_only("training_frameend"),
        append_only("training_seedcommit"),
        append_only("training_seedreveal"),
        append_only("training_checker"),
        append_only("training_checkfinding"),
    ]
