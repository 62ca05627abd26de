from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields

class Migration(migrations.Migration):
    dependencies = [('models', '0001_initial')]

    initial = False

    operations = [
        ops.CreateModel(
            name='PolicyDraft',
            fields=[
                ('id', fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ('version', fields.IntField(default=1, db_default=1)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ('author', fields.ForeignKeyField('models.User', source_field='author_id', unique=True, db_constraint=True, to_field='id', related_name='policy_drafts', on_delete=OnDelete.RESTRICT)),
                ('base', fields.IntField()),
                ('comment', fields.CharField(default='', max_length=255)),
                ('body', fields.TextField(unique=False)),
            ],
            options={'table': 'policy_draft', 'app': 'models', 'pk_attr': 'id'},
            bases=['Row'],
        ),
    ]
