"""Papers of cases; grants with their funds, accounts, vouchers; posts of outstanding skilled people with payments and awards."""

import django.db.models.deletion
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models

from lms.lib.appendonly import append_only, append_only_but_erasable


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0015_doors'),
        ('training', '0004_open_side'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Paper',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(max_length=24)),
                ('template', models.CharField(max_length=12)),
                ('version', models.PositiveSmallIntegerField()),
                ('number', models.CharField(max_length=40, unique=True)),
                ('title', models.CharField(max_length=200)),
                ('content', models.TextField()),
                ('sha256', models.CharField(max_length=64)),
                ('issued_at', models.DateTimeField()),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='papers', to='training.case')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Fund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('money', models.CharField(choices=[('city', '市级资金'), ('district', '区级资金')], max_length=10)),
                ('name', models.CharField(max_length=120)),
                ('document', models.CharField(max_length=300)),
                ('valid_from', models.DateField()),
                ('at', models.DateTimeField()),
                ('authority', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Grant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('uscc', models.CharField(max_length=18)),
                ('fen', models.PositiveBigIntegerField()),
                ('key_project', models.BooleanField()),
                ('decided_on', models.DateField()),
                ('members', models.JSONField()),
                ('cancelled_on', models.DateField(null=True)),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.act')),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='training.base')),
                ('case', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='grant', to='training.case')),
                ('fund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grants', to='training.fund')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Purse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('place', models.CharField(choices=[('committed', '已决定，待拨付'), ('held', '已拨付，未使用'), ('spent', '已使用'), ('returned', '已退回')], max_length=10)),
                ('use', models.CharField(blank=True, choices=[('rent', '场地设备租赁'), ('materials', '耗材工具购置'), ('teachers', '师资培养'), ('apprentices', '带徒传技'), ('projects', '项目开发'), ('exchange', '技术交流攻关'), ('studies', '培训进修'), ('contests', '技能竞赛'), ('assessment', '鉴定考核'), ('innovation', '创新科研'), ('publishing', '著作出版'), ('research', '课题调研'), ('other', '其他（要经同意）')], max_length=12)),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purses', to='training.grant')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('commit', '列入资助'), ('pay', '拨付'), ('return', '退回'), ('release', '撤销，未拨付')], max_length=10)),
                ('fen', models.PositiveBigIntegerField()),
                ('day', models.DateField()),
                ('voucher', models.CharField(blank=True, max_length=60)),
                ('transaction', models.UUIDField(unique=True)),
                ('act', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.act')),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='training.grant')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='Spend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('number', models.PositiveIntegerField()),
                ('use', models.CharField(choices=[('rent', '场地设备租赁'), ('materials', '耗材工具购置'), ('teachers', '师资培养'), ('apprentices', '带徒传技'), ('projects', '项目开发'), ('exchange', '技术交流攻关'), ('studies', '培训进修'), ('contests', '技能竞赛'), ('assessment', '鉴定考核'), ('innovation', '创新科研'), ('publishing', '著作出版'), ('research', '课题调研'), ('other', '其他（要经同意）')], max_length=12)),
                ('fen', models.PositiveBigIntegerField()),
                ('payee', models.CharField(max_length=120)),
                ('voucher', models.CharField(max_length=60)),
                ('paid_on', models.DateField()),
                ('note', models.CharField(blank=True, max_length=200)),
                ('act', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.act')),
                ('grant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='spends', to='training.grant')),
                ('reported_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SpendStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('booked', '已列支'), ('refused', '不同意列支'), ('struck', '已冲正')], max_length=10)),
                ('transaction', models.UUIDField(null=True, unique=True)),
                ('act', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.act')),
                ('spend', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='steps', to='training.spend')),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='SkillPost',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('chief', '首席技师'), ('studio', '技能大师工作室')], max_length=10)),
                ('title', models.CharField(max_length=80)),
                ('first_day', models.DateField()),
                ('last_day', models.DateField()),
                ('allowance_fen', models.PositiveBigIntegerField()),
                ('funds_fen', models.PositiveBigIntegerField(default=0)),
                ('document', models.CharField(max_length=200)),
                ('at', models.DateTimeField()),
                ('ended_on', models.DateField(null=True)),
                ('ended_reason', models.CharField(blank=True, max_length=300)),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='posts', to='training.base')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '技能带头人岗位',
                'ordering': ['-first_day', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='PostPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField()),
                ('allowance_fen', models.PositiveBigIntegerField()),
                ('funds_fen', models.PositiveBigIntegerField(default=0)),
                ('paid_on', models.DateField()),
                ('voucher', models.CharField(max_length=60)),
                ('at', models.DateTimeField()),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='training.skillpost')),
            ],
            options={
                'ordering': ['-month'],
            },
        ),
        migrations.CreateModel(
            name='SkillAward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('erased', models.BooleanField(db_default=False, default=False, editable=False)),
                ('title', models.CharField(max_length=120)),
                ('reason', models.CharField(max_length=300)),
                ('fen', models.PositiveBigIntegerField(default=0)),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('set_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('post', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='awards', to='training.skillpost')),
            ],
            options={
                'ordering': ['-day', '-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='fund',
            constraint=models.UniqueConstraint(fields=('authority', 'name'), name='training_fund_once'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.UniqueConstraint(condition=models.Q(('cancelled_on__isnull', True)), fields=('uscc',), name='training_grant_once'),
        ),
        migrations.AddConstraint(
            model_name='grant',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0), models.Q(('uscc', ''), _negated=True)), name='training_grant_whole'),
        ),
        migrations.AddConstraint(
            model_name='movement',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='training_movement_some'),
        ),
        migrations.AddConstraint(
            model_name='movement',
            constraint=models.UniqueConstraint(condition=models.Q(('kind__in', ['commit', 'pay', 'release'])), fields=('grant', 'kind'), name='training_movement_once'),
        ),
        migrations.AddConstraint(
            model_name='purse',
            constraint=models.UniqueConstraint(fields=('grant', 'place', 'use'), name='training_purse_once'),
        ),
        migrations.AddConstraint(
            model_name='purse',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('place', 'spent'), models.Q(('use', ''), _negated=True)), models.Q(models.Q(('place', 'spent'), _negated=True), ('use', '')), _connector='OR'), name='training_purse_use'),
        ),
        migrations.AddConstraint(
            model_name='skillpost',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day')), models.Q(('ended_on__isnull', True), ('ended_on__gte', models.F('first_day')), _connector='OR')), name='training_post_term'),
        ),
        migrations.AddConstraint(
            model_name='postpayment',
            constraint=models.UniqueConstraint(fields=('post', 'month'), name='training_post_month_once'),
        ),
        migrations.AddConstraint(
            model_name='spend',
            constraint=models.UniqueConstraint(fields=('grant', 'number'), name='training_spend_number'),
        ),
        migrations.AddConstraint(
            model_name='spend',
            constraint=models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='training_spend_some'),
        ),
        migrations.AddConstraint(
            model_name='spendstep',
            constraint=models.UniqueConstraint(fields=('spend', 'kind'), name='training_spend_step_once'),
        ),
        migrations.AddConstraint(
            model_name='spendstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'refused'), ('transaction__isnull', True)), models.Q(models.Q(('kind', 'refused'), _negated=True), ('transaction__isnull', False)), _connector='OR'), name='training_spend_step_booked'),
        ),
        append_only('training_paper'),
        append_only('training_fund'),
        append_only('training_purse'),
        append_only('training_movement'),
        append_only('training_spend'),
        append_only('training_spendstep'),
        append_only('training_postpayment'),
        append_only_but_erasable('training_skillaward', 'title', 'reason'),
    ]
