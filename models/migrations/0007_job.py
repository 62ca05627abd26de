from tortoise import migrations
from tortoise.migrations import operations as ops
from models.enums import JobTask
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("models", "0006_files")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Job",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("version", fields.IntField(default=1, db_default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ("updated_at", fields.DatetimeField(auto_now=True, auto_now_add=False)),
                (
                    "operation",
                    fields.ForeignKeyField(
                        "models.Operation",
                        source_field="operation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="jobs",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("task", fields.CharEnumField(description="", enum_type=JobTask, max_length=32)),
                ("asked", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("caller", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("pieces", fields.IntField(default=0)),
                ("position", fields.IntField(default=0)),
                ("attempts", fields.SmallIntField(default=0)),
                ("worker", fields.CharField(default="", max_length=64)),
                ("leased_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("problem", fields.CharField(default="", max_length=64)),
                ("facts", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("ended_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "job",
                "app": "models",
                "indexes": [Index(fields=["ended_at", "id"]), Index(fields=["operation_id"])],
                "pk_attr": "id",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="JobPiece",
            fields=[
                ("id", fields.IntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "job",
                    fields.ForeignKeyField(
                        "models.Job",
                        source_field="job_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="lines",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("number", fields.IntField()),
                ("lines", fields.TextField(unique=False)),
            ],
            options={"table": "job_piece", "app": "models", "unique_together": (("job", "number"),), "pk_attr": "id"},
            bases=["Model"],
        ),
    ]
