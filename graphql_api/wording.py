"""How a sentence of the API is written down: both languages, the facts it tells, when it applies. Which there are,
`error_wording`, `refusal_wording` and `outcome_wording` say; who chooses is `messages`.

A sentence applies when every fact it names is there and every condition of `only` holds. The sentences of one code go
from the most telling to the last one, which names no fact. Always: who, what, next step.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field

from models.declare import Words

ANY = "*"  # in `only`: the fact is there, whatever its value


@dataclass(frozen=True, slots=True)
class Sentence:
    """`words` with `{fact}` places. `only`: facts that must have these values. `needs`: the facts named by `words`."""

    words: Words
    only: Mapping[str, str]
    needs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        named = {name for _, name, _, _ in string.Formatter().parse(self.words.zh + self.words.en) if name}
        object.__setattr__(self, "needs", frozenset(named))

    def applies(self, facts: Mapping[str, object]) -> bool:
        known = {name for name, value in facts.items() if value not in (None, "")}
        return self.needs <= known and all(
            name in known if value == ANY else str(facts.get(name)) == value for name, value in self.only.items()
        )


def say(zh: str, en: str, **only: str) -> Sentence:
    return Sentence(Words(zh, en), only)
