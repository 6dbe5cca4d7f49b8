"""Tenders: needs packages with their parts, sealed and opened bids, the panel with interests and scores, results, awards."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids
import lms.lib.private
import lms.training.tenders.models
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_doors'),
        ('training', '0007_ce_bases'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PanelExpert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('named_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
                ('named_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('released_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='InterestDeclaration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('conflict', models.BooleanField()),
                ('text', models.CharField(blank=True, max_length=300)),
                ('at', models.DateTimeField()),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('expert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='interests', to='training.panelexpert')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Tender',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('title', models.CharField(max_length=120)),
                ('level', models.CharField(max_length=10)),
                ('fund', models.CharField(max_length=10)),
                ('tie', models.CharField(choices=[('base', '基地评估得分高的优先'), ('price', '报价低的优先'), ('earlier', '密封在先的优先')], max_length=10)),
                ('published_on', models.DateField()),
                ('closes_on', models.DateField()),
                ('opens_until', models.DateField()),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='tender', to='training.case')),
            ],
        ),
        migrations.AddField(
            model_name='panelexpert',
            name='tender',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='experts', to='training.tender'),
        ),
        migrations.CreateModel(
            name='TenderBid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('opened_at', models.DateTimeField(null=True)),
                ('amount_fen', models.BigIntegerField(null=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('mime', models.CharField(blank=True, max_length=40)),
                ('plain_sha256', models.CharField(blank=True, max_length=64)),
                ('file', models.FileField(blank=True, max_length=200, storage=lms.lib.private.private_storage, upload_to=lms.training.tenders.models.opened_path)),
                ('judged', models.BooleanField(default=False)),
                ('void', models.CharField(blank=True, choices=[('content', '密封文件里没有可以读出的报价'), ('file', '投标文件不是 PDF'), ('price', '报价不对'), ('ceiling', '报价高于预算上限'), ('no_base', '投标截止那天不是在册的继续教育基地')], max_length=10)),
                ('base', models.PositiveIntegerField(null=True)),
                ('base_note', models.CharField(blank=True, max_length=200)),
                ('checks', models.PositiveIntegerField(null=True)),
                ('findings', models.JSONField(default=list)),
                ('bidder', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='tender_bid', to='training.case')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SealedBid',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('size', models.PositiveIntegerField()),
                ('file', models.FileField(max_length=200, storage=lms.lib.private.private_storage, upload_to=lms.training.tenders.models.sealed_path)),
                ('at', models.DateTimeField()),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seals', to='training.tender')),
                ('bid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seals', to='training.tenderbid')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='BidScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField()),
                ('marks', models.JSONField()),
                ('reasons', models.JSONField()),
                ('at', models.DateTimeField()),
                ('expert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='training.panelexpert')),
                ('bid', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scores', to='training.tenderbid')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='TenderPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(choices=[('platform', '培训平台开发维护'), ('environment', '实训环境搭建'), ('courses', '课程开发更新'), ('teachers', '师资进修调研'), ('delivery', '人员培训实施'), ('research', '课题研究')], max_length=12)),
                ('need', models.TextField()),
                ('ceiling_fen', models.BigIntegerField()),
                ('days', models.PositiveSmallIntegerField()),
                ('criteria', models.JSONField()),
                ('tender', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='training.tender')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddField(
            model_name='tenderbid',
            name='part',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='bids', to='training.tenderpart'),
        ),
        migrations.CreateModel(
            name='TenderAward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('amount_fen', models.BigIntegerField()),
                ('ceiling_fen', models.BigIntegerField()),
                ('bid_fen', models.BigIntegerField()),
                ('awarded_on', models.DateField()),
                ('at', models.DateTimeField()),
                ('bid', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='award', to='training.tenderbid')),
                ('part', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='award', to='training.tenderpart')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='TenderResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField()),
                ('lines', models.JSONField()),
                ('at', models.DateTimeField()),
                ('first', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.tenderbid')),
                ('part', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='training.tenderpart')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='tender',
            constraint=models.CheckConstraint(condition=models.Q(('fund', 'city'), ('level__in', ['national', 'city'])), name='training_tender_fund'),
        ),
        migrations.AddConstraint(
            model_name='tender',
            constraint=models.CheckConstraint(condition=models.Q(('closes_on__gte', models.F('published_on')), ('opens_until__gt', models.F('closes_on'))), name='training_tender_days'),
        ),
        migrations.AddConstraint(
            model_name='panelexpert',
            constraint=models.UniqueConstraint(fields=('tender', 'person'), name='training_panel_once'),
        ),
        migrations.AddConstraint(
            model_name='panelexpert',
            constraint=models.UniqueConstraint(fields=('tender', 'number'), name='training_panel_number'),
        ),
        migrations.AddConstraint(
            model_name='sealedbid',
            constraint=models.UniqueConstraint(fields=('tender', 'number'), name='training_tender_seal_number'),
        ),
        migrations.AddConstraint(
            model_name='bidscore',
            constraint=models.UniqueConstraint(fields=('expert', 'bid', 'round'), name='training_bid_score_once'),
        ),
        migrations.AddConstraint(
            model_name='tenderpart',
            constraint=models.UniqueConstraint(fields=('tender', 'code'), name='training_tender_part_once'),
        ),
        migrations.AddConstraint(
            model_name='tenderpart',
            constraint=models.CheckConstraint(condition=models.Q(('ceiling_fen__gte', 1)), name='training_tender_part_ceiling'),
        ),
        migrations.AddIndex(
            model_name='tenderbid',
            index=models.Index(fields=['bidder', '-id'], name='training_tender_bid_body'),
        ),
        migrations.AddConstraint(
            model_name='tenderbid',
            constraint=models.UniqueConstraint(fields=('part', 'bidder'), name='training_tender_bid_once'),
        ),
        migrations.AddConstraint(
            model_name='tenderbid',
            constraint=models.CheckConstraint(condition=models.Q(('opened_at__isnull', False), models.Q(('amount_fen__isnull', True), ('file', ''), ('judged', False)), _connector='OR'), name='training_tender_bid_opened'),
        ),
        migrations.AddConstraint(
            model_name='tenderaward',
            constraint=models.CheckConstraint(condition=models.Q(('amount_fen__gte', 1), ('amount_fen__lte', models.F('ceiling_fen')), ('amount_fen__lte', models.F('bid_fen'))), name='training_tender_award_amount'),
        ),
        migrations.AddConstraint(
            model_name='tenderresult',
            constraint=models.UniqueConstraint(fields=('part', 'round'), name='training_tender_result_once'),
        ),
        append_only("training_tenderpart"),
        append_only("training_sealedbid"),
        append_only("training_interestdeclaration"),
        append_only("training_bidscore"),
        append_only("training_tenderresult"),
        append_only("training_tenderaward"),
    ]
