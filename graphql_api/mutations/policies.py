"""Drafting, simulating and publishing the policy table, and going back to an earlier version."""

from __future__ import annotations

from collections.abc import Awaitable

from graphql_api.context import Context, Info
from graphql_api.errors import ApiError, ErrorCode, Violation
from graphql_api.policy_change_types import PolicyDraftShown, PolicySimulation, PublishedPolicy
from graphql_api.policy_drafting import saved
from graphql_api.policy_inputs import PolicyDraftInput, PublishPolicyInput, RollbackPolicyInput, SimulatePolicyInput
from graphql_api.policy_problems import not_publishable
from graphql_api.policy_queries import draft_shown
from graphql_api.policy_simulating import simulated
from graphql_api.policy_tables import TUNE, own_draft, table_in, table_of
from graphql_api.policy_wording import PUBLISHED, UNCHANGED
from graphql_api.rights import require
from policies import drafts, publishing
from policies.publishing import NotPublishable
from policies.rules import PolicyTable


async def policy_draft(info: Info, input: PolicyDraftInput) -> PolicyDraftShown:  # noqa: A002  # the contract's argument
    """保存本人的权限草稿 · Changes one's own draft, or begins one on the version in force; nothing is published."""
    await require(info.context, *TUNE)
    return await draft_shown(await saved(info.context, input))


async def discard_policy_draft(info: Info) -> bool:
    """放弃本人的权限草稿 · False when there was none."""
    await require(info.context, *TUNE)
    return await drafts.discard(info.context.caller.user_id)


async def simulate_policy(info: Info, input: SimulatePolicyInput) -> PolicySimulation:  # noqa: A002
    """模拟权限 · What an account or a role could see or act on: in words and numbers, without a row; it is recorded."""
    return await simulated(info.context, input)


async def publish_policy(info: Info, input: PublishPolicyInput) -> PublishedPolicy:  # noqa: A002
    """发布权限版本 · Puts a table in force, unless somebody else published since `expectedVersion`."""
    await require(info.context, *TUNE)
    if (input.csv is None) is (not input.draft):
        raise _one_of("csv", "draft", needed=input.csv is None)
    if input.csv is not None:
        table, comment = await table_in(info.context, input.csv, "input", "csv"), input.comment or ""
        return await _put_in_force(info.context, table, input.expected_version, comment, "csv")
    draft = await own_draft(info.context, "input", "draft")
    if draft.base != input.expected_version:
        facts = {"problem": "STALE_DRAFT", "base": draft.base, "expected": input.expected_version}
        raise ApiError(ErrorCode.CONFLICT, "", [Violation(("input", "draft"), "STALE_DRAFT", facts)], **facts)
    comment = draft.comment if input.comment is None else input.comment
    done = await _put_in_force(info.context, draft.table, input.expected_version, comment, "draft")
    await drafts.discard(info.context.caller.user_id, version=draft.version)  # what was saved meanwhile stays
    return done


async def rollback_policy(info: Info, input: RollbackPolicyInput) -> PublishedPolicy:  # noqa: A002
    """恢复到先前的权限版本 · Publishes the table of an earlier version as a new one."""
    await require(info.context, *TUNE)
    await table_of(input.to, "input", "to")
    act = publishing.rollback(
        input.to, expected=input.expected_version, caller=info.context.caller, comment=input.comment
    )
    return await _published(info.context, act, input.expected_version, input.comment, "to")


async def _put_in_force(
    context: Context, table: PolicyTable, expected: int, comment: str, argument: str
) -> PublishedPolicy:
    act = publishing.publish(table, expected=expected, caller=context.caller, comment=comment)
    return await _published(context, act, expected, comment, argument)


async def _published(
    context: Context, act: Awaitable[int], expected: int, comment: str, argument: str
) -> PublishedPolicy:
    """What was put in force; `argument` is what gave the table, for everything that speaks against it."""
    try:
        number = await act
    except NotPublishable as refused:
        raise not_publishable(refused.verdict, "input", argument) from refused
    said = PUBLISHED if number != expected else UNCHANGED
    return PublishedPolicy(number=number, comment=comment.strip(), message=said[context.locale].format(number=number))


def _one_of(*names: str, needed: bool) -> ApiError:
    """Exactly one of several arguments is needed: none was given, or more than one."""
    problem = "NONE_OF" if needed else "ONE_OF"
    violations = [Violation(("input", name), problem) for name in names]
    return ApiError(ErrorCode.BAD_INPUT, "", violations, problem=problem, choices=", ".join(names))


FIELDS = {
    "policy_draft": policy_draft,
    "discard_policy_draft": discard_policy_draft,
    "simulate_policy": simulate_policy,
    "publish_policy": publish_policy,
    "rollback_policy": rollback_policy,
}
