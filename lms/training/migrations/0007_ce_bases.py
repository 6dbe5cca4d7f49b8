"""Continuing-education bases: standards, bases with level and reviews, yearly filings, exchange and shared resources."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0017_branding'),
        ('courses', '0019_imports_again'),
        ('learning', '0540_reissue'),
        ('training', '0006_programmes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BaseStandard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('version', models.PositiveIntegerField()),
                ('valid_from', models.DateField()),
                ('title', models.CharField(max_length=120)),
                ('source', models.CharField(max_length=300)),
                ('criteria', models.JSONField()),
                ('grades', models.JSONField()),
                ('pass_mark', models.PositiveSmallIntegerField()),
                ('least_experts', models.PositiveSmallIntegerField()),
                ('interval_months', models.PositiveSmallIntegerField(null=True)),
                ('corrections', models.PositiveSmallIntegerField()),
                ('correction_days', models.PositiveSmallIntegerField(null=True)),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='BaseReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('purpose', models.CharField(choices=[('naming', '申报评审'), ('periodic', '定期评估'), ('correction', '整改后复评')], max_length=10)),
                ('opened_on', models.DateField()),
                ('closed_on', models.DateField(null=True)),
                ('centimarks', models.PositiveIntegerField(null=True)),
                ('passed', models.BooleanField(null=True)),
                ('grade', models.CharField(blank=True, max_length=40)),
                ('reckoning', models.JSONField(default=list)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='base_reviews', to='training.case')),
                ('standard', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='training.basestandard')),
            ],
            options={
                'ordering': ['case', 'number'],
            },
        ),
        migrations.CreateModel(
            name='EducationBase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=40, unique=True)),
                ('host_kind', models.CharField(choices=[('university', '高等院校'), ('institute', '科研院所'), ('enterprise', '大型企事业单位'), ('association', '行业协会（学会）')], max_length=12)),
                ('industry', models.CharField(choices=[('industry', '工业信息'), ('science', '科技创新'), ('education_health', '教育卫生'), ('agriculture', '农业农村'), ('culture_tourism', '文化旅游'), ('construction_transport', '建设交通'), ('finance', '金融财会'), ('trade', '服务贸易'), ('environment', '生态环境'), ('other', '其他')], max_length=24)),
                ('specialty', models.CharField(max_length=120)),
                ('named_on', models.DateField()),
                ('removed_on', models.DateField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('body', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='education_base', to='training.case')),
            ],
            options={
                'verbose_name': '继续教育基地',
                'ordering': ['-named_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='BaseLevel',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('step', models.CharField(choices=[('nominated', '推荐申报国家级'), ('national', '国家级')], max_length=10)),
                ('since', models.DateField()),
                ('document', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='levels', to='training.educationbase')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='BaseFiling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('handed_in_on', models.DateField()),
                ('filed_on', models.DateField()),
                ('late', models.BooleanField(default=False)),
                ('revoked_on', models.DateField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='base_filing', to='training.case')),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='filings', to='training.educationbase')),
            ],
            options={
                'ordering': ['-year', '-version'],
            },
        ),
        migrations.CreateModel(
            name='Exchange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('theme', models.CharField(max_length=120)),
                ('about', models.TextField()),
                ('held_on', models.DateField()),
                ('place', models.CharField(max_length=120)),
                ('cancelled', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'ordering': ['-held_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ExchangeMinutes',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('text', models.TextField()),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('exchange', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='minutes', to='training.exchange')),
            ],
            options={
                'ordering': ['version'],
            },
        ),
        migrations.CreateModel(
            name='ExchangePlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('brings', models.CharField(blank=True, max_length=200)),
                ('at', models.DateTimeField()),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.educationbase')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('exchange', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='places', to='training.exchange')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='FiledClass',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('centihours', models.PositiveIntegerField()),
                ('people', models.PositiveIntegerField()),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('fee_fen', models.PositiveBigIntegerField()),
                ('teachers', models.CharField(max_length=300)),
                ('place', models.CharField(max_length=120)),
                ('course', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.coursepage')),
                ('filing', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='classes', to='training.basefiling')),
            ],
            options={
                'ordering': ['first_day', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='FiledRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('filed', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='held_as', to='training.filedclass')),
                ('run', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='filed_as', to='learning.classrun')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ReviewSeat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('appointed_at', models.DateTimeField()),
                ('independent', models.BooleanField(null=True)),
                ('conflict', models.CharField(blank=True, max_length=300)),
                ('declared_at', models.DateTimeField(null=True)),
                ('marks', models.JSONField(default=dict)),
                ('remark', models.TextField(blank=True)),
                ('handed_in_at', models.DateTimeField(null=True)),
                ('expert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='training.basereview')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SharedResource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('kind', models.CharField(choices=[('course', '课程'), ('equipment', '设备场地'), ('teacher', '师资'), ('paper', '资料成果')], max_length=10)),
                ('title', models.CharField(max_length=120)),
                ('about', models.CharField(blank=True, max_length=500)),
                ('openness', models.CharField(choices=[('bases', '各继续教育基地'), ('providers', '各施教机构'), ('everybody', '社会各方')], max_length=10)),
                ('contact_name', models.CharField(max_length=40)),
                ('contact_phone', models.CharField(max_length=30)),
                ('at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='resources', to='training.educationbase')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('course', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.coursepage')),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='basestandard',
            constraint=models.UniqueConstraint(fields=('authority', 'version'), name='training_base_standard_version'),
        ),
        migrations.AddConstraint(
            model_name='basestandard',
            constraint=models.CheckConstraint(condition=models.Q(('corrections', 0), ('correction_days__isnull', False), _connector='OR'), name='training_base_standard_exit'),
        ),
        migrations.AddConstraint(
            model_name='basereview',
            constraint=models.UniqueConstraint(fields=('case', 'number'), name='training_base_review_number'),
        ),
        migrations.AddConstraint(
            model_name='basereview',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('centimarks__isnull', True), ('closed_on__isnull', True), ('passed__isnull', True)), models.Q(('centimarks__isnull', False), ('closed_on__isnull', False), ('passed__isnull', False)), _connector='OR'), name='training_base_review_closed'),
        ),
        migrations.AddIndex(
            model_name='educationbase',
            index=models.Index(fields=['body', 'named_on'], name='training_ce_base_body'),
        ),
        migrations.AddConstraint(
            model_name='educationbase',
            constraint=models.UniqueConstraint(condition=models.Q(('removed_on__isnull', True)), fields=('body',), name='training_ce_base_one_active'),
        ),
        migrations.AddConstraint(
            model_name='educationbase',
            constraint=models.CheckConstraint(condition=models.Q(('removed_on__isnull', True), ('removed_on__gte', models.F('named_on')), _connector='OR'), name='training_ce_base_days'),
        ),
        migrations.AddConstraint(
            model_name='baselevel',
            constraint=models.UniqueConstraint(fields=('base', 'step'), name='training_base_level_once'),
        ),
        migrations.AddConstraint(
            model_name='basefiling',
            constraint=models.UniqueConstraint(fields=('base', 'year', 'version'), name='training_base_filing_version'),
        ),
        migrations.AddIndex(
            model_name='exchange',
            index=models.Index(fields=['year', 'held_on'], name='training_exchange_year'),
        ),
        migrations.AddConstraint(
            model_name='exchangeminutes',
            constraint=models.UniqueConstraint(fields=('exchange', 'version'), name='training_exchange_minutes'),
        ),
        migrations.AddConstraint(
            model_name='exchangeplace',
            constraint=models.UniqueConstraint(fields=('exchange', 'base'), name='training_exchange_once'),
        ),
        migrations.AddConstraint(
            model_name='filedclass',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='training_filed_class_days'),
        ),
        migrations.AddConstraint(
            model_name='reviewseat',
            constraint=models.UniqueConstraint(fields=('review', 'expert'), name='training_review_seat_once'),
        ),
        migrations.AddConstraint(
            model_name='reviewseat',
            constraint=models.CheckConstraint(condition=models.Q(('handed_in_at__isnull', True), ('independent', True), _connector='OR'), name='training_review_seat_independent'),
        ),
        migrations.AddIndex(
            model_name='sharedresource',
            index=models.Index(fields=['year', '-id'], name='training_resource_year'),
        ),
        migrations.AddConstraint(
            model_name='sharedresource',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('base', 'year', 'title'), name='training_resource_once'),
        ),
        append_only("training_basestandard"),
        append_only("training_baselevel"),
        append_only("training_filedclass"),
        append_only("training_filedrun"),
        append_only("training_exchangeplace"),
        append_only("training_exchangeminutes"),
    ]
