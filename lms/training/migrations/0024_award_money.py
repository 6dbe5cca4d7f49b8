"""The money of a tender's award: accounts in the books and what moved between them; rows only grow. Of a bid, whether its base was on
its way out when bids closed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import lms.lib.ids
from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('training', '0023_juror_marks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='tenderbid',
            name='base_in_exit',
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name='AwardMovement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('commit', '列入资助'), ('pay', '拨付'), ('return', '退回'), ('release', '撤销，未拨付')], max_length=10)),
                ('fen', models.PositiveBigIntegerField()),
                ('voucher', models.CharField(max_length=60)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('day', models.DateField()),
                ('transaction', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('award', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='movements', to='training.tenderaward')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('fund', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='training.fund')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('award', 'kind', 'voucher'), name='training_award_voucher_once'), models.CheckConstraint(condition=models.Q(('fen__gt', 0)), name='training_award_movement_fen')],
            },
        ),
        migrations.CreateModel(
            name='AwardPurse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('place', models.CharField(choices=[('committed', '已决定，待拨付'), ('paid', '已拨付'), ('returned', '已退回')], max_length=10)),
                ('award', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='purses', to='training.tenderaward')),
            ],
            options={
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(fields=('award', 'place'), name='training_award_purse_once')],
            },
        ),
        append_only('training_awardmovement'),
        append_only('training_awardpurse'),
    ]
