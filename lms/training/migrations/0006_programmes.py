"""Advanced programmes: calls, plans, hosts, applications, results, output, accounts, evaluations, settlements, series of classes."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_doors'),
        ('learning', '0540_reissue'),
        ('training', '0005_grants'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ClassSeries',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'ordering': ['name'],
            },
        ),
        migrations.CreateModel(
            name='HostChoice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='host_choices', to='training.case')),
                ('host', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Programme',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('audience', models.TextField()),
                ('level', models.CharField(choices=[('national', '国家级'), ('city', '市级'), ('sector', '行业'), ('district', '区级')], max_length=10)),
                ('fund', models.CharField(choices=[('city', '市级财政专项经费'), ('department', '行业部门财政经费'), ('district', '区级财政经费')], max_length=10)),
                ('host_standing', models.CharField(choices=[('national_base', '国家级继续教育基地'), ('city_base', '市级继续教育基地'), ('leading', '行业内龙头企业事业单位'), ('other', '其他单位')], max_length=15)),
                ('host_ground', models.CharField(blank=True, max_length=200)),
                ('centihours', models.PositiveIntegerField()),
                ('people', models.PositiveIntegerField()),
                ('budget_fen', models.PositiveBigIntegerField()),
                ('approved_on', models.DateField()),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='programme', to='training.case')),
                ('host', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('run', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='programme', to='learning.classrun')),
                ('series', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='editions', to='training.classseries')),
            ],
            options={
                'verbose_name': '研修项目',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='Evaluation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('scores', models.JSONField()),
                ('weights', models.JSONField()),
                ('centimarks', models.PositiveIntegerField()),
                ('passed', models.BooleanField()),
                ('remark', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluations', to='training.programme')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ProgrammeAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('teaching_fen', models.PositiveBigIntegerField()),
                ('venue_fen', models.PositiveBigIntegerField()),
                ('materials_fen', models.PositiveBigIntegerField()),
                ('board_fen', models.PositiveBigIntegerField()),
                ('other_fen', models.PositiveBigIntegerField()),
                ('note', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='accounts', to='training.programme')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ProgrammeApplication',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('title', models.CharField(choices=[('none', '没有职称'), ('assistant', '初级（助理级）'), ('middle', '中级'), ('associate', '副高级'), ('full', '正高级')], max_length=10)),
                ('title_number', models.CharField(blank=True, max_length=60)),
                ('manager', models.BooleanField()),
                ('backbone', models.BooleanField()),
                ('grassroots', models.BooleanField()),
                ('birth_year', models.PositiveSmallIntegerField(null=True)),
                ('employer', models.CharField(blank=True, max_length=120)),
                ('exception', models.TextField(blank=True)),
                ('fits', models.BooleanField()),
                ('state', models.CharField(choices=[('waiting', '待审核'), ('admitted', '已录取'), ('refused', '未录取'), ('left', '已退出')], default='waiting', max_length=10)),
                ('applied_at', models.DateTimeField()),
                ('title_seen', models.BooleanField(default=False)),
                ('reason', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('place', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='programme_application', to='learning.classplace')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='applications', to='training.programme')),
            ],
        ),
        migrations.CreateModel(
            name='ProgrammePlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('version', models.PositiveIntegerField()),
                ('title', models.CharField(max_length=120)),
                ('number', models.CharField(max_length=80)),
                ('lines', models.JSONField()),
                ('published_on', models.DateField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddField(
            model_name='programme',
            name='plan',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='programmes', to='training.programmeplan'),
        ),
        migrations.CreateModel(
            name='ProgrammeResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('passed_on', models.DateField()),
                ('at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('place', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='learning.classplace')),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='training.programme')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Settlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('total_fen', models.PositiveBigIntegerField()),
                ('paid_fen', models.PositiveBigIntegerField()),
                ('fund', models.CharField(choices=[('city', '市级财政专项经费'), ('department', '行业部门财政经费'), ('district', '区级财政经费')], max_length=10)),
                ('settled_on', models.DateField()),
                ('at', models.DateTimeField()),
                ('programme', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='settlement', to='training.programme')),
            ],
        ),
        migrations.CreateModel(
            name='TheoryOutput',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('authors', models.CharField(max_length=200)),
                ('about', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('waiting', '待评审'), ('passed', '评审通过'), ('refused', '评审未通过')], default='waiting', max_length=10)),
                ('handed_in_at', models.DateTimeField()),
                ('reason', models.TextField(blank=True)),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('outcome', models.UUIDField(null=True, unique=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('programme', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outputs', to='training.programme')),
                ('reviewer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='TopicCall',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('advanced', '高级研修项目'), ('urgent', '急需紧缺人才培养项目')], max_length=10)),
                ('title', models.CharField(max_length=120)),
                ('about', models.TextField()),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'ordering': ['-year', '-pk'],
            },
        ),
        migrations.AddField(
            model_name='programmeplan',
            name='call',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='training.topiccall'),
        ),
        migrations.AddField(
            model_name='programme',
            name='call',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='programmes', to='training.topiccall'),
        ),
        migrations.AddConstraint(
            model_name='classseries',
            constraint=models.UniqueConstraint(fields=('authority', 'name'), name='training_series_once'),
        ),
        migrations.AddConstraint(
            model_name='evaluation',
            constraint=models.UniqueConstraint(fields=('programme', 'number'), name='training_evaluation_number'),
        ),
        migrations.AddConstraint(
            model_name='programmeaccount',
            constraint=models.UniqueConstraint(fields=('programme', 'number'), name='training_account_number'),
        ),
        migrations.AddIndex(
            model_name='programmeapplication',
            index=models.Index(fields=['programme', 'state', 'id'], name='training_application_state'),
        ),
        migrations.AddIndex(
            model_name='programmeapplication',
            index=models.Index(fields=['person', 'id'], name='training_application_person'),
        ),
        migrations.AddConstraint(
            model_name='programmeapplication',
            constraint=models.UniqueConstraint(fields=('programme', 'person'), name='training_application_once'),
        ),
        migrations.AddConstraint(
            model_name='programmeapplication',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'admitted'), _negated=True), models.Q(('decided_by__isnull', False), ('place__isnull', False)), _connector='OR'), name='training_application_admitted'),
        ),
        migrations.AddIndex(
            model_name='programmeresult',
            index=models.Index(fields=['passed_on'], name='training_result_day'),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('paid_fen__lte', models.F('total_fen'))), name='training_settlement_paid'),
        ),
        migrations.AddConstraint(
            model_name='theoryoutput',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'refused'), _negated=True), fields=('programme', 'person', 'title'), name='training_output_once'),
        ),
        migrations.AddConstraint(
            model_name='topiccall',
            constraint=models.UniqueConstraint(fields=('authority', 'year', 'kind'), name='training_call_once'),
        ),
        migrations.AddConstraint(
            model_name='topiccall',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='training_call_days'),
        ),
        migrations.AddConstraint(
            model_name='programmeplan',
            constraint=models.UniqueConstraint(fields=('call', 'version'), name='training_programme_plan_version'),
        ),
        migrations.AddIndex(
            model_name='programme',
            index=models.Index(fields=['host', '-id'], name='training_programme_host'),
        ),
        migrations.AddIndex(
            model_name='programme',
            index=models.Index(fields=['series', 'approved_on'], name='training_programme_series'),
        ),
        migrations.AddConstraint(
            model_name='programme',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('fund', 'city'), ('level__in', ['national', 'city'])), models.Q(('fund', 'department'), ('level', 'sector')), models.Q(('fund', 'district'), ('level', 'district')), _connector='OR'), name='training_programme_fund'),
        ),
        append_only("training_programmeplan"),
        append_only("training_hostchoice"),
        append_only("training_programmeresult"),
        append_only("training_programmeaccount"),
        append_only("training_evaluation"),
        append_only("training_settlement"),
    ]
