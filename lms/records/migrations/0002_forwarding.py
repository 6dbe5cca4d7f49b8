"""Where statements are sent on to; when a credential was used last; the newest documents of a store."""

import django.db.models.deletion
import lms.lib.crypto
import lms.lib.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('records', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Aside',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('statement', models.BigIntegerField()),
                ('statement_id', models.UUIDField()),
                ('status', models.PositiveSmallIntegerField()),
                ('said', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='Target',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=lms.lib.ids.uuid7, editable=False, unique=True)),
                ('name', models.CharField(max_length=120, verbose_name='名称')),
                ('endpoint', models.URLField(max_length=400, verbose_name='地址')),
                ('key', models.CharField(max_length=200, verbose_name='密钥编号')),
                ('secret', lms.lib.crypto.EncryptedTextField()),
                ('version', models.CharField(choices=[('1.0.3', '1.0.3'), ('2.0.0', '2.0.0')], default='1.0.3', max_length=8)),
                ('on', models.BooleanField(default=True)),
                ('made_at', models.DateTimeField()),
                ('position_ms', models.BigIntegerField()),
                ('position', models.BigIntegerField(default=0)),
                ('run', models.PositiveIntegerField(default=0)),
                ('sent', models.PositiveBigIntegerField(default=0)),
                ('sent_at', models.DateTimeField(null=True)),
                ('failures', models.PositiveIntegerField(default=0)),
                ('next_try_at', models.DateTimeField(null=True)),
                ('said', models.TextField(blank=True)),
            ],
            options={
                'verbose_name': '语句转发',
                'verbose_name_plural': '语句转发',
            },
        ),
        migrations.AddField(
            model_name='credential',
            name='used_on',
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name='document',
            index=models.Index(fields=['store', '-updated_at'], name='records_document_newest'),
        ),
        migrations.AddField(
            model_name='target',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='target',
            name='store',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='targets', to='records.store'),
        ),
        migrations.AddField(
            model_name='aside',
            name='target',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='asides', to='records.target'),
        ),
        migrations.AddConstraint(
            model_name='aside',
            constraint=models.UniqueConstraint(fields=('target', 'statement'), name='records_aside_once'),
        ),
    ]
