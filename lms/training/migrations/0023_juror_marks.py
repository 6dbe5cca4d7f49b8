"""What each juror of a contest gives each entry of a stage; rows only grow."""

import django.db.models.deletion
from django.db import migrations, models

from lms.lib.appendonly import append_only


class Migration(migrations.Migration):

    dependencies = [
        ('training', '0022_coordination_group'),
    ]

    operations = [
        migrations.CreateModel(
            name='JurorMark',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.PositiveSmallIntegerField()),
                ('centimarks', models.PositiveIntegerField(null=True)),
                ('at', models.DateTimeField()),
                ('entry', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='juror_marks', to='training.contestentry')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='juror_marks', to='training.digitalitem')),
                ('juror', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='training.contestjuror')),
            ],
            options={
                'ordering': ['pk'],
                'indexes': [models.Index(fields=['item', 'stage', 'id'], name='training_juror_marks')],
                'constraints': [models.CheckConstraint(condition=models.Q(('centimarks__isnull', True), ('centimarks__lte', 10000), _connector='OR'), name='training_juror_mark_range')],
            },
        ),
        append_only('training_jurormark'),
    ]
