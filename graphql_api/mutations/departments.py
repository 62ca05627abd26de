"""撤销部门 (B19): a department is closed and its successor takes over."""

from __future__ import annotations

import strawberry

from graphql_api.context import Info
from graphql_api.mutations.asked import required
from graphql_api.mutations.outcomes import OperationResult, operation_result
from graphql_api.rights import require
from models.declare import Words
from models.enums import OperationKind
from models.rules import departments, naming

SUCCESSOR_HINT = Words(
    "未归档批次的环节和待审批的申请转给它;已归档批次不变。",
    "It takes over the items of all batches that are not archived, and requests not decided yet.",
)


@strawberry.input(description="Both by their codes; `expectedVersion`: the version of the department that was seen")
class CloseDepartmentInput:
    department: str
    successor: str = required("职能承接部门", "Successor", SUCCESSOR_HINT)
    reason: str = required("原因", "Reason")
    expected_version: int | None = None
    dry_run: bool = False


async def close_department(info: Info, input: CloseDepartmentInput) -> OperationResult:  # noqa: A002  # contract's
    """撤销部门 · Close the department

    It is kept, and its successor owns its items from now on, and its requests that are not decided yet.
    """
    permit = await require(info.context, "Department", "close_unit")
    done = await departments.close_department(
        info.context.caller.actor,
        department=input.department,
        successor=input.successor,
        reason=input.reason,
        expected_version=input.expected_version,
        dry_run=input.dry_run,
        permit=permit,
    )
    telling = "CLOSE_DEPARTMENT_CHECKED" if done.dry_run else "CLOSE_DEPARTMENT"
    heir = await naming.department_named(input.successor)
    facts = {"successor": heir, "requests": done.requests, "people": done.people}
    return operation_result(done, OperationKind.EDIT, info.context.locale, telling, **facts)


FIELDS = {"close_department": close_department}
