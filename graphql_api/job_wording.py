"""Why a long act ended before all of it was done, in both languages."""

from __future__ import annotations

from graphql_api.wording import Sentence, say

#: By the problem of a job that is no refusal.
ENDED: dict[str, tuple[Sentence, ...]] = {
    "CANCELLED": (
        say(
            "已停止:停止前已办理 {applied} 行,其余未办理。已办理的可在操作记录中撤回。",
            "Stopped: {applied} rows were done by then, the others were not. What was done can be undone.",
        ),
        say("已停止,没有办理任何一行。", "Stopped; nothing was done."),
    ),
    "GIVEN_UP": (
        say(
            "试了 {count} 次都未能办完,已放弃;此前已办理 {applied} 行,其余未办理。请联系系统管理员。",
            "Given up after {count} tries; {applied} rows were done by then, the others were not. Ask the system's "
            "administrators.",
        ),
        say(
            "试了 {count} 次都未能办完,已放弃,没有办理任何一行。请联系系统管理员。",
            "Given up after {count} tries; nothing was done. Ask the system's administrators.",
        ),
    ),
}
#: What is said after the reason of a refusal in the middle.
SO_FAR: tuple[Sentence, ...] = (
    say("此前已办理 {applied} 行,其余未办理。", "{applied} rows were done by then, the others were not."),
)
REJECT_ALL_TOO_LONG = say(
    "名单共 {count} 行,超过 {limit} 行时分段办理,不能要求全部成功才办理。请改为只办理有效的行(APPLY_VALID)。",
    "The list holds {count} rows; above {limit} they are done in parts, which cannot be all or nothing. Ask for the "
    "valid ones (APPLY_VALID).",
    problem="REJECT_ALL_TOO_LONG",
)
REFUSED: dict[str, tuple[Sentence, ...]] = {"BAD_INPUT": (REJECT_ALL_TOO_LONG,)}
