from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields
from tortoise.indexes import Index

class Migration(migrations.Migration):
    dependencies = [('models', '0003_event_feed')]

    initial = False

    operations = [
        ops.CreateModel(
            name='StoredDocument',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('sha256', fields.CharField(unique=True, max_length=64)),
                ('name', fields.CharField(max_length=128)),
                ('text', fields.TextField(unique=False)),
                ('stored_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
            ],
            options={'table': 'stored_document', 'app': 'models', 'pk_attr': 'id'},
            bases=['Model'],
        ),
        ops.AddField(
            model_name='Session',
            name='place',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
        ops.AddIndex(
            model_name='Session',
            index=Index(fields=['user_id', 'place']),
        ),
        ops.AddField(
            model_name='SignInAttempt',
            name='place',
            field=fields.CharField(default='', db_default='', max_length=64),
        ),
    ]
