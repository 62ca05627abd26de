"""Long acts that go on whatever becomes of the process: which operation, for whom, how far, and who carries it out."""

from __future__ import annotations

from typing import Any, ClassVar

from tortoise import fields
from tortoise.fields.relational import ForeignKeyRelation
from tortoise.models import Model

from models.base import Row, choice
from models.declare import Entity, Words, label
from models.enums import JobTask
from models.ledger import Operation


class Job(Row):
    """后台任务: one long act, whose operation is RUNNING until the job has ended.

    `asked`: what the act was told; `caller`: who asked, in which role, by which token. `pieces`: how many its lines are
    parted into, 0 where the rows of an operation are the lines. `position`: how many of them are done, or the last
    sheet that is. It belongs to one process (`worker`) until `leased_until`; a lease that has lapsed means that the
    process is gone. `attempts`: how often somebody began. `problem` and `facts`: why it ended before all was done, as a
    refusal has them.
    """

    operation: ForeignKeyRelation[Operation] = label(
        fields.ForeignKeyField("models.Operation", related_name="jobs", on_delete=fields.RESTRICT), "操作", "Operation"
    )
    task = label(choice(JobTask), "任务", "Task")
    asked = label(fields.JSONField[dict[str, Any]](default=dict), "操作内容", "Parameters")
    caller = label(fields.JSONField[dict[str, Any]](default=dict), "操作人", "Caller")
    pieces = label(fields.IntField(default=0), "段数", "Pieces")
    position = label(fields.IntField(default=0), "已完成", "Position")
    attempts = label(fields.SmallIntField(default=0), "次数", "Attempts")
    worker = label(fields.CharField(64, default=""), "进程", "Process", internal=True)
    leased_until = label(fields.DatetimeField(null=True), "占用至", "Leased until", internal=True)
    problem = label(fields.CharField(64, default=""), "问题", "Problem")
    facts = label(fields.JSONField[dict[str, Any]](default=dict), "事实", "Facts")
    ended_at = label(fields.DatetimeField(null=True), "结束时间", "Ended at")

    entity: ClassVar[Entity] = Entity(Words("后台任务", "Job"), Words("后台任务", "Jobs"), exposed=False)

    class Meta:
        table = "job"
        indexes = (("ended_at", "id"), ("operation",))


class JobPiece(Model):
    """Some lines of a job, numbered from 0, as JSON; deleted when the job has ended."""

    id = fields.IntField(primary_key=True)
    job: ForeignKeyRelation[Job] = fields.ForeignKeyField("models.Job", related_name="lines", on_delete=fields.RESTRICT)
    number = fields.IntField()
    lines = fields.TextField()

    entity: ClassVar[Entity] = Entity(Words("任务内容", "Job piece"), Words("任务内容", "Job pieces"), exposed=False)

    class Meta:
        table = "job_piece"
        unique_together = (("job", "number"),)
