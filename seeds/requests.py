"""What departments asked to have changed in the season in preparation: one of each kind and outcome (R11)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.enums import RequestKind, RequestState
from seeds.accounts import Staff

COLUMNS = (
    *("batch_id", "department_id", "kind", "item_id", "proposal", "reason", "state", "requested_by_id"),
    *("decided_user_id", "decided_at", "decision_reason", "version", "created_at", "updated_at"),
)


@dataclass(frozen=True, slots=True)
class Request:
    """`item` is a code, None for an item to be added."""

    department: str
    kind: RequestKind
    item: str | None
    proposal: Mapping[str, object]
    reason: str
    state: RequestState = RequestState.SUBMITTED
    decision: str = ""


REQUESTS = (
    Request(
        "TSG",
        RequestKind.CHANGE,
        "LIB_BOOKS",
        {"instruction": "还清所借图书(含馆际互借)并缴清逾期费、赔偿费,系统每小时自动核对。"},
        "馆际互借图书多次漏还,需在说明中写明",
    ),
    Request(
        "JWC",
        RequestKind.CHANGE,
        "GOWN",
        {"place": "学生活动中心一层学位服发放处"},
        "发放处搬迁",
        RequestState.APPROVED,
        "同意",
    ),
    Request(
        "ZCC",
        RequestKind.ADD,
        None,
        {"code": "KEYS", "name": "实验室钥匙归还", "name_en": "Laboratory keys", "applies_to": "uses_lab"},
        "钥匙流失较多",
        RequestState.REJECTED,
        "与“实验室物品与设备归还”重复",
    ),
    Request("XYH", RequestKind.REMOVE, "ALUMNI", {}, "改由校友系统自行登记"),
)


def request_rows(
    batch_id: int, items: Mapping[str, int], departments: Mapping[str, int], staff: Staff, at: datetime
) -> Iterator[tuple[Any, ...]]:
    """Rows of COLUMNS."""
    office = staff.by_username["office"].id
    for each in REQUESTS:
        operator = staff.operators(each.department)[0].id
        decided = each.state is not RequestState.SUBMITTED
        yield (
            *(batch_id, departments[each.department], each.kind.value, items[each.item] if each.item else None),
            *(json.dumps(each.proposal, ensure_ascii=False), each.reason, each.state.value, operator),
            *(office if decided else None, at + timedelta(days=2) if decided else None, each.decision),
            *(2 if decided else 1, at, at + timedelta(days=2) if decided else at),
        )
