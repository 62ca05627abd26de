"""Chooses the words for a code, a refused row or a whole act, in the caller's language; see the `…_wording` modules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from graphql_api import (
    account_wording,
    export_wording,
    file_wording,
    import_wording,
    job_wording,
    plain_wording,
    row_import_wording,
    transfer_wording,
)
from graphql_api.error_wording import ERRORS, MEASURES
from graphql_api.outcome_wording import DONE, UNCHANGED
from graphql_api.refusal_wording import REFUSALS
from graphql_api.wording import Sentence
from models.declare import Words
from models.enums import OperationKind, OperationState, Outcome, Way
from models.rules.refusals import Blocker, Refusal
from models.rules.results import RowOutcome
from settings import settings

WORDINGS = (
    row_import_wording,
    account_wording,
    plain_wording,
    export_wording,
    file_wording,
    import_wording,
    job_wording,
)
SENTENCES = {
    code: (*(each for module in WORDINGS for each in module.REFUSED.get(code, ())), *sentences)
    for code, sentences in {**ERRORS, **REFUSALS}.items()
}
ACTS = {**DONE, **account_wording.DONE, **plain_wording.DONE, **row_import_wording.DONE}
LANGUAGES = {"zh": "zh_CN", "en": "en"}
NOTED_BLOCKERS = 5
ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$")
#: Facts that hold a value of a closed set as it is stored: a person reads its words.
CHOICES: Mapping[str, Mapping[Any, Words]] = {
    name: {each.value: each.words for each in choices}
    for name, choices in (("way", Way), ("state", OperationState), ("kind", OperationKind))
} | {**account_wording.CHOICES, **transfer_wording.CHOICES}
#: The sums that an act tells even when they are nought; the others are left out of its sentence.
TOLD = {
    "DRY_RUN": {"applied", "unchanged", "refused"},
    "UNDO": {"applied"},
    "UNDO_EDIT": {"applied"},
    "APPLY_TO_LEAVE": {"applied"},
    "ITEM_CHANGE": {"reopened", "final", "issued"},
    "OPEN_BATCH_CHECKED": {"sheets"},
    "CLOSE_BATCH_CHECKED": {"sheets", "unfinished", "out"},
    "REOPEN_BATCH_CHECKED": {"unfinished", "out"},
    "ARCHIVE_BATCH_CHECKED": {"unfinished"},
    "COPY_ITEMS_CHECKED": {"applied", "unchanged"},
    "WITHDRAW_ITEM_CHECKED": {"grey", "out"},
    "CLOSE_DEPARTMENT_CHECKED": {"applied", "requests", "people"},
}


def locale_of(accept_language: str) -> str:
    """`zh_CN` or `en`: the first language of an Accept-Language value that the desk speaks, else LIXIAO_LOCALE."""
    return _spoken(accept_language[:200]) or settings().locale


@lru_cache(maxsize=256)
def _spoken(accept_language: str) -> str | None:
    weighted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        tag, _, weight = part.partition(";")
        language = tag.strip().lower().replace("_", "-").split("-")[0]
        if language in LANGUAGES:
            weighted.append((-_weight(weight), language))
    wanted = [language for weight, language in sorted(weighted, key=lambda each: each[0]) if weight < 0]
    return LANGUAGES[wanted[0]] if wanted else None


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def of_error(code: str, params: Mapping[str, Any], locale: str) -> str:
    """The sentence for an error's code and facts; a code without sentences is a mistake of ours and says the code."""
    if params.get("measure") in MEASURES:
        params = {**params, "measure": MEASURES[params["measure"]]}
    return chosen(SENTENCES.get(code, ()), params, locale) or code


def of_job(code: str, facts: Mapping[str, Any], locale: str) -> str:
    """The sentence for why a long act ended before all of it was done, and how much was."""
    if code in job_wording.ENDED:
        return chosen(job_wording.ENDED[code], facts, locale) or code
    so_far = chosen(job_wording.SO_FAR, facts, locale)
    return " ".join(filter(None, (of_error(code, facts, locale), so_far)))


def of_refusal(refusal: Refusal, locale: str, **more: object) -> str:
    """The sentence for why one row is refused; `more` are facts of the row and the act (`act="ISSUE"`)."""
    facts: dict[str, object] = {name: value for name, value in more.items() if value is not None} | dict(refusal.facts)
    if refusal.blockers:
        facts["count"] = len(refusal.blockers)
        facts["items"] = "item" if len(refusal.blockers) == 1 else "items"
        facts["blockers"] = named(refusal.blockers, locale)
    if refusal.by:
        facts["by"] = refusal.by
    if refusal.at:
        facts["at"] = clock(refusal.at)
    return chosen(SENTENCES.get(refusal.code.value, ()), facts, locale) or refusal.code.value


def of_row(row: RowOutcome, locale: str, act: str) -> str | None:
    """What there is to say of one row: why it is refused, or who was faster; nothing when it simply changed."""
    if row.refusal is not None:
        said = of_refusal(row.refusal, locale, act=act, student_no=row.student_no, row=row.row, cell=row.cell)
        return at_cell(said, row.cell, locale)
    if row.outcome is not Outcome.UNCHANGED:
        return None
    facts = {"by": row.by, "at": clock(row.at) if row.at else None, "after": row.after, "newer": row.newer}
    return chosen(UNCHANGED, facts, locale)


def at_cell(said: str, cell: str | None, locale: str) -> str:
    """`单元格 C37:…`, unless the sentence names the cell itself."""
    if not cell or cell in said:
        return said
    return f"Cell {cell}: {said}" if locale.startswith("en") else f"单元格 {cell}:{said}"


def of_act(kind: str, facts: Mapping[str, object], locale: str) -> str:
    """What an act did as a whole; a sum of nothing is left out of the sentence."""
    told = {name: value for name, value in facts.items() if value or name in TOLD.get(kind, ())}
    return chosen(ACTS.get(kind, DONE["DONE"]), told, locale)


def named(blockers: Iterable[Blocker], locale: str) -> str:
    """`图书清还(图书馆 一层服务台 8105)、公寓退宿(竹园3舍值班室)`: each item still needed, and whom to ask."""
    listed = [_named(blocker, locale) for blocker in blockers]
    if len(listed) > NOTED_BLOCKERS:
        rest = len(listed) - NOTED_BLOCKERS
        listed = [*listed[:NOTED_BLOCKERS], f"{rest} more" if locale.startswith("en") else f"另 {rest} 个环节"]
    return (", " if locale.startswith("en") else "、").join(listed)


def _named(blocker: Blocker, locale: str) -> str:
    ask = whom_to_ask(blocker, locale)
    if not ask:
        return blocker.item_name[locale]
    return f"{blocker.item_name.en} ({ask})" if locale.startswith("en") else f"{blocker.item_name.zh}({ask})"


def whom_to_ask(blocker: Blocker, locale: str) -> str:
    return " ".join(part for part in (blocker.whom[locale], blocker.contact[locale]) if part)


def clock(moment: datetime) -> str:
    """`10:32` for a moment of today, with the date otherwise, in the university's time zone."""
    zone = settings().timezone
    local = moment.astimezone(zone)
    recent = datetime.now(zone) - local < timedelta(days=1) and datetime.now(zone).date() == local.date()
    return local.strftime("%H:%M" if recent else "%Y-%m-%d %H:%M")


def chosen(sentences: Iterable[Sentence], facts: Mapping[str, Any], locale: str) -> str:
    """The words of the first sentence that applies; nothing when none does."""
    for sentence in sentences:
        if sentence.applies(facts):
            told = {
                name: _shown(CHOICES.get(name, {}).get(facts[name], facts[name]), locale) for name in sentence.needs
            }
            return sentence.words[locale].format_map(told)
    return ""


def _shown(value: object, locale: str) -> str:
    """Facts that have words in both languages are shown in the caller's, moments in the university's time zone."""
    words = getattr(value, "words", value)
    if isinstance(words, Words):
        return words[locale]
    return _moment(value) if isinstance(value, str) and ISO_MOMENT.match(value) else str(value)


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(settings().timezone).strftime("%Y-%m-%d %H:%M")
