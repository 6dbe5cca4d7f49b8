"""Plans of specialty subjects with targets of a kind, commissions of courses of public subjects, and what employers set aside."""

import django.db.models.deletion
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0018_sector'),
        ('courses', '0019_imports_again'),
        ('training', '0016_acts_guarded'),
    ]

    operations = [
        migrations.CreateModel(
            name='Commission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('work', models.CharField(choices=[('develop', '开发'), ('update', '更新')], max_length=8)),
                ('subject', models.CharField(max_length=200)),
                ('number', models.CharField(blank=True, max_length=80)),
                ('note', models.TextField(blank=True)),
                ('commissioned_on', models.DateField()),
                ('due_on', models.DateField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-commissioned_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='CommissionDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.CharField(blank=True, max_length=500)),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='CommissionEnd',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=500)),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='FundRatio',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('valid_from', models.DateField()),
                ('rate', models.PositiveSmallIntegerField(null=True)),
                ('frontline_rate', models.PositiveSmallIntegerField(null=True)),
                ('source', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-valid_from', '-version'],
            },
        ),
        migrations.CreateModel(
            name='FundStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('wages_fen', models.PositiveBigIntegerField()),
                ('set_aside_fen', models.PositiveBigIntegerField()),
                ('used_fen', models.PositiveBigIntegerField()),
                ('frontline_fen', models.PositiveBigIntegerField()),
                ('note', models.CharField(blank=True, max_length=500)),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-year', '-version'],
            },
        ),
        migrations.CreateModel(
            name='SpecialtyBundle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('title', models.CharField(max_length=120)),
            ],
            options={
                'ordering': ['plan', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SpecialtyCourse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=60)),
                ('title', models.CharField(max_length=255)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
            ],
            options={
                'ordering': ['plan', 'title', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='SpecialtyDraft',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sector', models.CharField(blank=True, max_length=30)),
                ('title', models.CharField(max_length=120)),
                ('number', models.CharField(blank=True, max_length=80)),
                ('note', models.TextField(blank=True)),
                ('guidance', models.TextField(blank=True)),
                ('assessing', models.TextField(blank=True)),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('changed_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name='SpecialtyDraftBundle',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SpecialtyDraftCourse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SpecialtyPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sector', models.CharField(blank=True, max_length=30)),
                ('title', models.CharField(max_length=120)),
                ('number', models.CharField(blank=True, max_length=80)),
                ('note', models.TextField(blank=True)),
                ('guidance', models.TextField(blank=True)),
                ('assessing', models.TextField(blank=True)),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('series', models.UUIDField(db_index=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('targets', models.JSONField(default=list)),
                ('published_on', models.DateField()),
                ('published_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-year', 'authority', '-version'],
            },
        ),
        migrations.CreateModel(
            name='SpecialtyReview',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('text', models.TextField()),
                ('lines', models.JSONField(default=list)),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='target',
            name='training_target_part_once',
        ),
        migrations.RemoveConstraint(
            model_name='target',
            name='training_target_own_once',
        ),
        migrations.AddField(
            model_name='target',
            name='kind',
            field=models.CharField(blank=True, db_default='', default='', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.UniqueConstraint(condition=models.Q(('parent__isnull', False)), fields=('year', 'body', 'parent', 'kind'), name='training_target_part_once'),
        ),
        migrations.AddConstraint(
            model_name='target',
            constraint=models.UniqueConstraint(condition=models.Q(('parent__isnull', True)), fields=('year', 'body', 'kind'), name='training_target_own_once'),
        ),
        migrations.AddField(
            model_name='commission',
            name='authority',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='commission',
            name='body',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='commission',
            name='course',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.coursepage'),
        ),
        migrations.AddField(
            model_name='commissiondelivery',
            name='commission',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='training.commission'),
        ),
        migrations.AddField(
            model_name='commissiondelivery',
            name='course',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.coursepage'),
        ),
        migrations.AddField(
            model_name='commissionend',
            name='commission',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='end', to='training.commission'),
        ),
        migrations.AddField(
            model_name='fundratio',
            name='authority',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='fundstatement',
            name='authority',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='fundstatement',
            name='body',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='fundstatement',
            name='rule',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.fundratio'),
        ),
        migrations.AddField(
            model_name='specialtybundle',
            name='bundle',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.bundle'),
        ),
        migrations.AddField(
            model_name='specialtycourse',
            name='course',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='courses.coursepage'),
        ),
        migrations.AddField(
            model_name='specialtydraft',
            name='authority',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='specialtydraftbundle',
            name='bundle',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='training.bundle'),
        ),
        migrations.AddField(
            model_name='specialtydraftbundle',
            name='draft',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bundles', to='training.specialtydraft'),
        ),
        migrations.AddField(
            model_name='specialtydraftcourse',
            name='course',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='courses.coursepage'),
        ),
        migrations.AddField(
            model_name='specialtydraftcourse',
            name='draft',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='courses', to='training.specialtydraft'),
        ),
        migrations.AddField(
            model_name='specialtyplan',
            name='authority',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation'),
        ),
        migrations.AddField(
            model_name='specialtycourse',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='courses', to='training.specialtyplan'),
        ),
        migrations.AddField(
            model_name='specialtybundle',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bundles', to='training.specialtyplan'),
        ),
        migrations.AddField(
            model_name='specialtyreview',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='training.specialtyplan'),
        ),
        migrations.AddConstraint(
            model_name='commission',
            constraint=models.CheckConstraint(condition=models.Q(('due_on__gte', models.F('commissioned_on'))), name='training_commission_days'),
        ),
        migrations.AddConstraint(
            model_name='commission',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('course__isnull', True), ('work', 'develop')), models.Q(('course__isnull', False), ('work', 'update')), _connector='OR'), name='training_commission_work'),
        ),
        migrations.AddConstraint(
            model_name='fundratio',
            constraint=models.UniqueConstraint(fields=('authority', 'version'), name='training_fund_ratio_version'),
        ),
        migrations.AddConstraint(
            model_name='fundratio',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('rate__isnull', True), ('rate__lte', 10000), _connector='OR'), models.Q(('frontline_rate__isnull', True), ('frontline_rate__lte', 10000), _connector='OR')), name='training_fund_ratio_range'),
        ),
        migrations.AddIndex(
            model_name='fundstatement',
            index=models.Index(fields=['authority', '-year', 'id'], name='training_fund_statement_list'),
        ),
        migrations.AddConstraint(
            model_name='fundstatement',
            constraint=models.UniqueConstraint(fields=('body', 'year', 'version'), name='training_fund_statement_version'),
        ),
        migrations.AddConstraint(
            model_name='fundstatement',
            constraint=models.CheckConstraint(condition=models.Q(('frontline_fen__lte', models.F('used_fen')), ('set_aside_fen__lte', models.F('wages_fen'))), name='training_fund_statement_sums'),
        ),
        migrations.AddConstraint(
            model_name='specialtydraft',
            constraint=models.UniqueConstraint(fields=('authority', 'year'), name='training_specialty_draft_once'),
        ),
        migrations.AddConstraint(
            model_name='specialtydraftbundle',
            constraint=models.UniqueConstraint(fields=('draft', 'bundle'), name='training_specialty_draft_bundle_once'),
        ),
        migrations.AddConstraint(
            model_name='specialtydraftcourse',
            constraint=models.UniqueConstraint(fields=('draft', 'course'), name='training_specialty_draft_course_once'),
        ),
        migrations.AddConstraint(
            model_name='specialtydraftcourse',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='training_specialty_draft_days'),
        ),
        migrations.AddConstraint(
            model_name='specialtyplan',
            constraint=models.UniqueConstraint(fields=('authority', 'year', 'version'), name='training_specialty_version_once'),
        ),
        migrations.AddConstraint(
            model_name='specialtycourse',
            constraint=models.UniqueConstraint(fields=('plan', 'course'), name='training_specialty_course_once'),
        ),
        migrations.AddConstraint(
            model_name='specialtycourse',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='training_specialty_course_days'),
        ),
        migrations.AddConstraint(
            model_name='specialtybundle',
            constraint=models.UniqueConstraint(fields=('plan', 'bundle'), name='training_specialty_bundle_once'),
        ),
        append_only("training_specialtyplan"),
        append_only("training_specialtycourse"),
        append_only("training_specialtybundle"),
        append_only("training_specialtyreview"),
        append_only("training_commission"),
        append_only("training_commissiondelivery"),
        append_only("training_commissionend"),
        append_only("training_fundratio"),
        append_only("training_fundstatement"),
    ]
