"""What is wrong with a condition (the applicability of an item), in both languages: where, and what may stand there."""

from __future__ import annotations

from graphql_api.wording import Sentence, say

CONDITION_PROBLEMS: tuple[Sentence, ...] = (
    say(
        '适用对象:没有名为"{found}"的条件(第 {position} 个字后)。可用:{nearest}。也可写 all 表示全部学生。',
        'Applies to: there is no condition "{found}" (after {position} characters). Use one of: {nearest}. '
        "`all` stands for everybody.",
        problem="UNKNOWN_FIELD",
    ),
    say(
        '适用对象:"{found}"不是这里可用的值(第 {position} 个字后)。可用:{nearest}。',
        'Applies to: "{found}" is no value here (after {position} characters). Use one of: {nearest}.',
        problem="UNKNOWN_VALUE",
    ),
    say(
        '适用对象:第 {position} 个字后的"{found}"不应出现在这里。此处可写:{nearest}。',
        'Applies to: "{found}" after {position} characters does not belong there. What may stand there: {nearest}.',
        problem="UNEXPECTED",
    ),
    say(
        "适用对象:第 {position} 个字后还没写完。此处可写:{nearest}。",
        "Applies to: it ends too early, after {position} characters. What may stand there: {nearest}.",
        problem="UNEXPECTED",
    ),
    say(
        "适用对象:第 {position} 个字后应写比较:{nearest}。",
        "Applies to: after {position} characters a comparison is missing: {nearest}.",
        problem="VALUE_NEEDED",
    ),
    say(
        "适用对象:该条件不带值(第 {position} 个字后)。可接着写:{nearest}。",
        "Applies to: this condition takes no value (after {position} characters). It may go on with: {nearest}.",
        problem="NO_VALUE_TAKEN",
    ),
)
