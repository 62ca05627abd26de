from orjson import loads
from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from models.enums import Share


class Migration(migrations.Migration):
    dependencies = [("models", "0004_stored_documents")]

    initial = False

    operations = [
        ops.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("version", fields.IntField(default=1, db_default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
                (
                    "owner",
                    fields.ForeignKeyField(
                        "models.User",
                        source_field="owner_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="saved_filters",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("object", fields.CharField(max_length=64)),
                ("name", fields.CharField(max_length=64)),
                ("share", fields.CharEnumField(default=Share.PRIVATE, description="", enum_type=Share, max_length=32)),
                ("role", fields.CharField(default="", max_length=32)),
                ("where", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("parameters", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={
                "table": "saved_filter",
                "app": "models",
                "unique_together": (("owner", "object", "name"),),
                "indexes": [Index(fields=["object", "share"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
    ]
