"""The error of a read that asks for what the caller's role may not see; it names the right that is lacking."""

from __future__ import annotations

from graphql_api.context import Context
from graphql_api.errors import ApiError, ErrorCode
from graphql_api.naming import camel
from graphql_api.rights import forbidden
from policies.access import Access


class Lacking(ApiError):
    """FORBIDDEN with its facts. `worded` gives the same error in the caller's words, for which the names of the
    caller's units are asked from the database: planning itself asks nothing."""

    def __init__(self, access: Access, object_name: str, action: str, field: str | None = None) -> None:
        facts = dict(access.refusal(object_name, action, field).facts)
        if field is not None:
            facts["field"] = camel(field)
        super().__init__(ErrorCode.FORBIDDEN, "", (), **facts)
        self.object, self.action, self.field = object_name, action, field

    async def in_words(self, context: Context) -> ApiError:
        return await forbidden(context, self.object, self.action, self.field)
