"""Statements of a year, rules for a higher title, figures of years, packages for reviews, names put right."""

from datetime import date

import django.db.models.deletion
import lms.learning.statements.storage
import lms.lib.crypto
import lms.lib.ids
import lms.lib.private
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only



def forwards(apps, schema_editor):
    """The one rule that is known: it names hours of a year and their share, no years and no 公需 hours."""
    apps.get_model("learning", "TitleRule").objects.create(
        level="",
        series="",
        version=1,
        valid_from=date(2015, 10, 1),
        years=None,
        centihours_per_year=9000,
        public_centihours=None,
        specialty_numerator=2,
        specialty_denominator=3,
        source="《专业技术人员继续教育规定》（人力资源社会保障部令第 25 号）第七条、第八条：每年累计不少于 90 学时，"
        "其中专业科目一般不少于总学时的三分之二。申报职称看几年、公需科目多少学时，规定没有写明。",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('learning', '0300_classes'),
    ]

    operations = [
        migrations.CreateModel(
            name='PackageItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('record', models.UUIDField()),
                ('state', models.CharField(choices=[('waiting', '等待写入'), ('taken', '已写入'), ('refused', '未接收'), ('failed', '没有写成，可重试')], default='waiting', max_length=8)),
                ('attempts', models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name='YearReckoning',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField(unique=True)),
                ('as_of', models.DateTimeField()),
                ('before', models.DateTimeField(null=True)),
                ('cursor', models.BigIntegerField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='NameRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('old_name', lms.lib.crypto.EncryptedTextField(verbose_name='原来的姓名')),
                ('new_name', lms.lib.crypto.EncryptedTextField(verbose_name='正确的姓名')),
                ('why', models.TextField(verbose_name='情况说明')),
                ('state', models.CharField(choices=[('asked', '等待审核'), ('accepted', '已更正'), ('refused', '未通过'), ('withdrawn', '已撤回')], default='asked', max_length=10)),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('body', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='NameFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('mime', models.CharField(max_length=40)),
                ('size', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('added_at', models.DateTimeField()),
                ('file', models.FileField(max_length=200, storage=lms.lib.private.private_storage, upload_to=lms.learning.statements.storage.evidence_path)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='files', to='learning.namerequest')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='PackageReceipt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField()),
                ('state', models.CharField(choices=[('waiting', '等待写入'), ('taken', '已写入'), ('refused', '未接收'), ('failed', '没有写成，可重试')], max_length=8)),
                ('reason', models.TextField(blank=True)),
                ('reference', models.CharField(blank=True, max_length=80)),
                ('at', models.DateTimeField()),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='receipts', to='learning.packageitem')),
            ],
            options={
                'ordering': ['item', 'number'],
            },
        ),
        migrations.CreateModel(
            name='PaperContent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('paper', models.UUIDField(unique=True)),
                ('content', lms.lib.crypto.EncryptedTextField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ReviewPackage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('key', models.UUIDField()),
                ('number', models.CharField(max_length=24, unique=True)),
                ('use', models.CharField(choices=[('assessment', '工作考核'), ('title', '职称评审'), ('appointment', '岗位聘任（聘用）'), ('registration', '职业资格注册')], max_length=12)),
                ('years', models.JSONField()),
                ('sender', models.CharField(max_length=20)),
                ('content_hash', models.CharField(max_length=64)),
                ('ordered_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddField(
            model_name='packageitem',
            name='package',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='learning.reviewpackage'),
        ),
        migrations.CreateModel(
            name='TitleRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(blank=True, choices=[('assistant', '初级'), ('middle', '中级'), ('deputy', '副高级'), ('senior', '正高级')], max_length=10, verbose_name='职称层级')),
                ('series', models.CharField(blank=True, max_length=30, verbose_name='职称系列')),
                ('version', models.PositiveIntegerField()),
                ('valid_from', models.DateField()),
                ('years', models.PositiveSmallIntegerField(null=True)),
                ('centihours_per_year', models.PositiveIntegerField(null=True)),
                ('public_centihours', models.PositiveIntegerField(null=True)),
                ('specialty_numerator', models.PositiveSmallIntegerField(null=True)),
                ('specialty_denominator', models.PositiveSmallIntegerField(null=True)),
                ('source', models.TextField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('level', 'series', 'version'), name='learning_title_rule_version'), models.CheckConstraint(condition=models.Q(models.Q(('specialty_denominator__isnull', True), ('specialty_numerator__isnull', True)), models.Q(('specialty_denominator__gte', 1), ('specialty_numerator__isnull', False), ('specialty_numerator__lte', models.F('specialty_denominator'))), _connector='OR'), name='learning_title_rule_share')],
            },
        ),
        migrations.CreateModel(
            name='YearFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('year', models.PositiveSmallIntegerField()),
                ('category', models.CharField(max_length=12)),
                ('centihours', models.PositiveIntegerField()),
                ('records', models.PositiveIntegerField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='YearStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.CharField(max_length=24, unique=True)),
                ('year', models.PositiveSmallIntegerField()),
                ('version', models.PositiveIntegerField()),
                ('content_hash', models.CharField(max_length=64)),
                ('issued_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='StatementLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('hidden', models.BooleanField(default=False)),
                ('ends_on', models.DateField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('statement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='link', to='learning.yearstatement')),
            ],
        ),
        migrations.AddIndex(
            model_name='namerequest',
            index=models.Index(fields=['state', 'asked_at'], name='learning_name_queue'),
        ),
        migrations.AddConstraint(
            model_name='namerequest',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('person',), name='learning_name_request_open_once'),
        ),
        migrations.AddConstraint(
            model_name='packagereceipt',
            constraint=models.UniqueConstraint(fields=('item', 'number'), name='learning_package_receipt_once'),
        ),
        migrations.AddConstraint(
            model_name='packagereceipt',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['taken', 'refused', 'failed'])), name='learning_package_receipt_says'),
        ),
        migrations.AddConstraint(
            model_name='reviewpackage',
            constraint=models.UniqueConstraint(fields=('person', 'key'), name='learning_review_package_once'),
        ),
        migrations.AddConstraint(
            model_name='packageitem',
            constraint=models.UniqueConstraint(fields=('package', 'position'), name='learning_package_item_once'),
        ),
        migrations.AddConstraint(
            model_name='yearfigure',
            constraint=models.UniqueConstraint(fields=('year', 'person', 'category'), name='learning_year_figure_once'),
        ),
        migrations.AddConstraint(
            model_name='yearstatement',
            constraint=models.UniqueConstraint(fields=('person', 'year', 'version'), name='learning_year_statement_version'),
        ),
        migrations.AddConstraint(
            model_name='yearstatement',
            constraint=models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='learning_year_statement_from_one'),
        ),
            append_only("learning_yearstatement"),
        append_only("learning_titlerule"),
        append_only("learning_reviewpackage"),
        append_only("learning_packagereceipt"),
        migrations.RunPython(forwards, migrations.RunPython.noop),
    ]
