"""Drafting, simulating and publishing the policy table, and going back to an earlier version."""

from __future__ import annotations

from graphql_api.context import Info
from graphql_api.policy_inputs import PolicyDraftInput, PublishPolicyInput, RollbackPolicyInput, SimulatePolicyInput
from graphql_api.policy_types import PolicyDraftShown, PolicySimulation, PublishedPolicy


async def policy_draft(info: Info, input: PolicyDraftInput) -> PolicyDraftShown:  # noqa: A002  # the contract's argument
    """保存本人的权限草稿 · Changes one's own draft, or begins one on the version in force; nothing is published."""
    raise NotImplementedError


async def discard_policy_draft(info: Info) -> bool:
    """放弃本人的权限草稿 · False when there was none."""
    raise NotImplementedError


async def simulate_policy(info: Info, input: SimulatePolicyInput) -> PolicySimulation:  # noqa: A002
    """模拟权限 · What an account or a role could see or act on: in words and numbers, without a row; it is recorded."""
    raise NotImplementedError


async def publish_policy(info: Info, input: PublishPolicyInput) -> PublishedPolicy:  # noqa: A002
    """发布权限版本 · Puts a table in force, unless somebody else published since `expectedVersion`."""
    raise NotImplementedError


async def rollback_policy(info: Info, input: RollbackPolicyInput) -> PublishedPolicy:  # noqa: A002
    """恢复到先前的权限版本 · Publishes the table of an earlier version as a new one."""
    raise NotImplementedError


FIELDS = {
    "policy_draft": policy_draft,
    "discard_policy_draft": discard_policy_draft,
    "simulate_policy": simulate_policy,
    "publish_policy": publish_policy,
    "rollback_policy": rollback_policy,
}
