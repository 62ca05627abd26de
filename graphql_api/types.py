"""The output types of reading, generated: `X` with its columns and relations, `XConnection`, `XEdge`.

They are declarations only: what their fields answer is planned as a whole, see `planting`. Columns are nullable even
where the table's are not, because a policy may hide a column of some rows.
"""

from __future__ import annotations

import functools
import inspect
from typing import Annotated, Any

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON
from strawberry.types.arguments import StrawberryArgumentAnnotation

from graphql_api.computed import computed_fields
from graphql_api.inputs import PYTHON, Inputs, empty_class, many_of
from graphql_api.naming import described, description
from graphql_api.registry import Column, Exposed, Kind, Registry, registry
from models.declare import Words

ID_NOTE = Words("全局标识", "Global id")
LABEL_NOTE = Words("显示名称", "What the row is called")
VERSION_NOTE = Words("版本:随每次有效变更加一", "Version: grows by one with every effective change")


@strawberry.type(description=described(Words("翻页信息", "Where a page stands")))
class PageInfo:
    has_next_page: bool = strawberry.field(description=described(Words("后面还有", "More rows follow")))
    has_previous_page: bool = strawberry.field(description=described(Words("前面还有", "Rows precede")))
    start_cursor: str | None = strawberry.field(description=described(Words("首行游标", "Cursor of the first row")))
    end_cursor: str | None = strawberry.field(description=described(Words("末行游标", "Cursor of the last row")))


class Parameter:
    """One argument of a planned field: its type, its words, and what it is when left out."""

    def __init__(self, kind: Any, words: Words, default: Any = UNSET) -> None:
        self.kind, self.words, self.default = kind, words, default


def planned_field(name: str, returns: Any, words: str, arguments: dict[str, Parameter]) -> Any:
    """A Strawberry field with arguments whose resolver `planting` replaces."""

    def resolve(**_: object) -> None:
        raise NotImplementedError("planted by graphql_api.planting")

    parameters = [
        inspect.Parameter(
            f"{key}_", inspect.Parameter.KEYWORD_ONLY, default=each.default, annotation=_annotated(key, each)
        )
        for key, each in arguments.items()
    ]
    signature = inspect.Signature(parameters, return_annotation=returns)
    resolve.__signature__ = signature  # type: ignore[attr-defined]  # inspect.signature reads it back for Strawberry
    resolve.__annotations__ = {each.name: each.annotation for each in parameters} | {"return": returns}
    return strawberry.field(resolver=resolve, name=name, description=words)


def _annotated(name: str, parameter: Parameter) -> Any:
    note: StrawberryArgumentAnnotation = strawberry.argument(name=name, description=described(parameter.words))
    return Annotated[parameter.kind, note]


class Types:
    """Every generated output type, by the object's name, and the inputs that go with them."""

    def __init__(self, exposed: Registry) -> None:
        self.inputs = Inputs(exposed)
        self.object: dict[str, Any] = {each.name: empty_class(each.name) for each in exposed}
        self.connection: dict[str, Any] = {}
        for each in exposed:
            self._make_object(each)
        for each in exposed:
            self._make_connection(each)

    def _make_object(self, exposed: Exposed) -> None:
        cls = self.object[exposed.name]
        for name, kind, text in self._plain_fields(exposed):
            cls.__annotations__ = {**getattr(cls, "__annotations__", {}), f"{name}_": kind}
            setattr(cls, f"{name}_", strawberry.field(name=name, description=text))
        for many in exposed.lists.values():
            returns, arguments = many_of(self.object[many.target]), self.narrowing(many.target)
            setattr(cls, f"{many.graphql}_", planned_field(many.graphql, returns, described(many.label), arguments))
        for name, each in computed_fields(exposed.name).items():
            if each.asked is not None:
                field = planned_field(name, each.type | None, described(each.words), dict(each.arguments))
                setattr(cls, f"{name}_", field)
        strawberry.type(cls, name=exposed.name, description=described(exposed.entity.label))

    def _plain_fields(self, exposed: Exposed) -> list[tuple[str, Any, str]]:
        found: list[tuple[str, Any, str]] = [
            ("id", strawberry.ID, described(ID_NOTE)),
            ("displayLabel", str, described(LABEL_NOTE)),
        ]
        for each in exposed.own():
            if each.name == "version":
                found.append(("version", int, described(VERSION_NOTE)))
            elif each.name != "id":
                found.append((each.graphql, self._output(each) | None, description(each.note)))
        found += [
            (name, each.type | None, described(each.words))
            for name, each in computed_fields(exposed.name).items()
            if each.asked is None
        ]
        return found

    def _output(self, member: Any) -> Any:
        if not isinstance(member, Column):
            return self.object[member.target]
        if member.kind is Kind.CHOICE:
            return member.choices
        if member.kind is Kind.TEXTS:
            return list[str]
        return JSON if member.kind is Kind.JSON else PYTHON[member.kind]

    def narrowing(self, target: str) -> dict[str, Parameter]:
        """`where` and `orderBy` of an object's rows."""
        return {
            "where": Parameter(self.inputs.filter[target] | None, Words("条件", "Which rows")),
            "orderBy": Parameter(many_of(self.inputs.order[target]) | None, Words("排序", "Order")),
        }

    def _make_connection(self, exposed: Exposed) -> None:
        node = self.object[exposed.name]
        plural = exposed.entity.plural
        edge = empty_class(f"{exposed.name}Edge")
        edge.__annotations__ = {"cursor": str, "node": node}
        edge_type = strawberry.type(edge, description=described(Words(f"{plural.zh}的一行", f"One of {plural.en}")))
        cls = empty_class(f"{exposed.name}Connection")
        words = {
            "totalCount": (int, Words("总数", "How many rows there are")),
            "edges": (many_of(edge_type), Words("行与游标", "Rows with their cursors")),
            "nodes": (many_of(node), Words("行", "Rows")),
            "pageInfo": (PageInfo, Words("翻页信息", "Where the page stands")),
        }
        cls.__annotations__ = {f"{name}_": kind for name, (kind, _) in words.items()}
        for name, (_, text) in words.items():
            setattr(cls, f"{name}_", strawberry.field(name=name, description=described(text)))
        page = Words(f"{plural.zh}的一页", f"A page of {plural.en}")
        self.connection[exposed.name] = strawberry.type(cls, description=described(page))


@functools.cache
def types() -> Types:
    """The generated types of this program; computed fields must be registered before."""
    return Types(registry())
