"""Cases of declared processes with their acts, papers, notices and objections; bases that were named, and their reports."""

import django.db.models.deletion
import lms.lib.ids
import lms.lib.private
import lms.training.lifecycle.models
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_doors'),
        ('training', '0002_plans_again'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Numbering',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(max_length=80, unique=True)),
                ('last', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='Case',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=40, null=True, unique=True)),
                ('process', models.CharField(max_length=40)),
                ('state', models.CharField(max_length=20)),
                ('waits', models.CharField(max_length=10)),
                ('rank', models.PositiveSmallIntegerField(default=1)),
                ('revision', models.PositiveIntegerField(default=0)),
                ('begun_at', models.DateTimeField()),
                ('opened_on', models.DateField(null=True)),
                ('due_on', models.DateField(null=True)),
                ('escalated_on', models.DateField(null=True)),
                ('facts', models.JSONField(default=dict)),
                ('slot', models.CharField(max_length=100, null=True, unique=True)),
                ('applicant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('handler', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Base',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=40, unique=True)),
                ('named_on', models.DateField()),
                ('checked_on', models.DateField(null=True)),
                ('removed_on', models.DateField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='base', to='training.case')),
            ],
            options={
                'verbose_name': '技能人才培育实训基地',
                'ordering': ['-named_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='Act',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=40)),
                ('source', models.CharField(max_length=20)),
                ('to', models.CharField(max_length=20)),
                ('role', models.CharField(max_length=40)),
                ('reason', models.TextField(blank=True)),
                ('papers', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('due_on', models.DateField(null=True)),
                ('body', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('person', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acts', to='training.case')),
            ],
            options={
                'ordering': ['case', 'number'],
            },
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to='training.case')),
                ('giver', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('to', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('mime', models.CharField(max_length=40)),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('added_at', models.DateTimeField()),
                ('kind', models.CharField(max_length=40)),
                ('revision', models.PositiveIntegerField()),
                ('file', models.FileField(max_length=200, storage=lms.lib.private.private_storage, upload_to=lms.training.lifecycle.models.file_path)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='training.case')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=40, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('lines', models.JSONField(default=list)),
                ('working_days', models.PositiveSmallIntegerField()),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='training.case')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Objection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=48, unique=True)),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('state', models.CharField(choices=[('open', 'open'), ('upheld', 'upheld'), ('dismissed', 'dismissed')], default='open', max_length=10)),
                ('answer', models.TextField(blank=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='objections', to='training.notice')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ProcessRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('process', models.CharField(max_length=40)),
                ('version', models.PositiveIntegerField()),
                ('valid_from', models.DateField()),
                ('values', models.JSONField()),
                ('source', models.TextField()),
                ('published_at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
        ),
        migrations.AddField(
            model_name='case',
            name='rule',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.processrule'),
        ),
        migrations.CreateModel(
            name='TrainingReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('project', models.CharField(max_length=80)),
                ('occupation', models.CharField(max_length=14)),
                ('mode', models.CharField(choices=[('own', '自主培训'), ('joint', '与职业院校联合办学'), ('apprentice', '高师带徒'), ('contest', '技能竞赛'), ('targeted', '定向培训')], max_length=12)),
                ('source', models.CharField(choices=[('staff', '本单位技能岗位从业人员'), ('students', '院校学生'), ('chain', '产业链上下游企业人员')], max_length=10)),
                ('firm', models.CharField(blank=True, max_length=120)),
                ('firm_code', models.CharField(blank=True, max_length=18)),
                ('people', models.PositiveIntegerField()),
                ('hired', models.PositiveIntegerField(null=True)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('at', models.DateTimeField()),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='training.base')),
                ('replaces', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='replaced_by', to='training.trainingreport')),
                ('reported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='base',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_on__isnull', True)), fields=('authority', 'body'), name='training_base_one_active'),
        ),
        migrations.AddConstraint(
            model_name='act',
            constraint=models.UniqueConstraint(fields=('case', 'number'), name='training_act_once'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='training_delegation_days'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['last_day'], name='training_notice_last_day'),
        ),
        migrations.AddConstraint(
            model_name='objection',
            constraint=models.UniqueConstraint(fields=('notice', 'person'), name='training_objection_once'),
        ),
        migrations.AddConstraint(
            model_name='objection',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_by__isnull', True), ('state', 'open')), models.Q(models.Q(('state', 'open'), _negated=True), ('answered_by__isnull', False)), _connector='OR'), name='training_objection_answered'),
        ),
        migrations.AddConstraint(
            model_name='processrule',
            constraint=models.UniqueConstraint(fields=('process', 'authority', 'version'), name='training_process_rule_version'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['authority', 'process', 'waits', 'rank', 'id'], name='training_case_waiting'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['authority', 'process', 'state', 'rank', 'id'], name='training_case_state'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('due_on__isnull', False)), fields=['authority', 'process', 'due_on', 'id'], name='training_case_due'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('due_on__isnull', False), ('escalated_on__isnull', True)), fields=['due_on'], name='training_case_overdue'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(condition=models.Q(('handler__isnull', False)), fields=['handler', 'process', 'waits', 'rank', 'id'], name='training_case_handler'),
        ),
        migrations.AddIndex(
            model_name='case',
            index=models.Index(fields=['body', 'id'], name='training_case_body'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('number__isnull', True), ('opened_on__isnull', True), ('rule__isnull', True)), models.Q(('number__isnull', False), ('opened_on__isnull', False), ('rule__isnull', False)), _connector='OR'), name='training_case_number_and_rule'),
        ),
        migrations.AddConstraint(
            model_name='trainingreport',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day')), ('people__gte', 1)), name='training_report_days'),
        ),
        migrations.AddConstraint(
            model_name='trainingreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hired__isnull', False), ('hired__lte', models.F('people')), ('mode', 'targeted')), models.Q(models.Q(('mode', 'targeted'), _negated=True), ('hired__isnull', True)), _connector='OR'), name='training_report_hired'),
        ),
        migrations.AddConstraint(
            model_name='trainingreport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('source', 'chain'), models.Q(('firm_code', ''), _negated=True)), models.Q(models.Q(('source', 'chain'), _negated=True), ('firm_code', '')), _connector='OR'), name='training_report_firm'),
        ),
        append_only("training_act"),
        append_only("training_notice"),
        append_only("training_delegation"),
        append_only("training_processrule"),
        append_only("training_trainingreport"),
    ]
