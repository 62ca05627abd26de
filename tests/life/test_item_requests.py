"""A department asks for a change of its items, sees what becomes of it; the graduation office sees the effect and
decides (R11)."""

from __future__ import annotations

import re

from tests.life.asking import change, counts, data, tallies
from tests.served import Person, Served, Someone

ASK = "/admin/itemrequest/ask/"
NEXT = "2026-12"


def filled(person: Person) -> dict[str, object]:
    """The form as it stands: texts, ticks, chosen options."""
    form = person.text[person.text.index('<form class="card-x narrow" method="post"') :]
    found: dict[str, object] = dict(re.findall(r'<input class="input" id="\w+" name="(\w+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', form))
    for name, value in re.findall(r'type="checkbox" name="(\w+)" value="(\w+)" checked', form):
        found.setdefault(name, [])
        found[name].append(value)  # type: ignore[attr-defined]  # a list, made the line before
    for select in re.findall(r"<select.*?</select>", form, re.DOTALL):
        name, chosen = re.search(r'name="(\w+)"', select), re.search(r'value="(\w+)" selected', select)
        assert name is not None
        found[name[1]] = chosen[1] if chosen else ""
    return found


def test_only_what_was_changed_is_asked_and_the_office_sees_old_and_new(someone: Someone) -> None:
    library, office = someone("library"), someone("office")
    library.get("/admin/itemrequest/")
    assert "提交流程项申请" in library.words
    library.get(ASK)
    offered = re.findall(r'<option value="(\w+)"', library.text)
    assert "LIB_BOOKS" in offered
    assert "DORM_OUT" not in offered
    library.get(ASK, batch=NEXT, what="CHANGE", item="LIB_BOOKS")
    assert "现为:图书清还" in library.words
    form = filled(library)
    library.post(ASK, **form | {"reason": "搬迁", "place": "新馆二层"})
    assert library.page.url.path == "/admin/itemrequest/details/", library.words
    assert "流程项申请已提交,请等待学生离校工作主管部门审批。" in library.words
    assert re.search(r"办理地点 \S+ 新馆二层", library.words)
    assert "办理说明" not in library.words
    assert "已提交" in library.words
    [row_id] = re.findall(r"id=([\w-]+)", str(library.page.url))
    asked = data(office, f'{{ itemRequest(id: "{row_id}") {{ proposal }} }}')["itemRequest"]["proposal"]
    assert asked == {"place": "新馆二层"}

    before = counts(office)
    office.get("/admin/itemrequest/details/", id=row_id)
    assert '流程项:修改环节将使 0 人重新出现"未办理",其中 0 人的院系离校将被撤销;已发证 0 人不受影响。' in office.words
    assert counts(office) == before
    office.post("/admin/itemrequest/decide", id=row_id, decision="APPROVED", reason=" ")
    assert office.page.status_code == 400
    assert "请填写原因" in office.words
    office.post("/admin/itemrequest/decide", id=row_id, decision="APPROVED", reason="同意")
    assert "已同意该申请。" in office.words
    place = data(office, f'{{ item(batch: "{NEXT}", code: "LIB_BOOKS") {{ place }} }}')["item"]["place"]
    assert place == "新馆二层"
    office.post("/admin/itemrequest/decide", id=row_id, decision="REJECTED", reason="晚了")
    assert office.page.status_code == 409
    library.get("/admin/itemrequest/details/", id=row_id)
    assert "已同意" in library.words
    assert "审批意见 同意" in library.words
    assert "撤回申请" not in library.words


def test_a_new_item_in_an_open_batch_is_shown_with_its_effect(someone: Someone, served: Served) -> None:
    office = someone("office")
    office.get(ASK, batch="2026-06", what="ADD")
    form = filled(office) | {"code": "KEYS", "name": "钥匙归还", "instruction": "交回钥匙", "place": "一层"}
    office.post(ASK, **form | {"department": "TSG", "reason": "新设"})
    assert office.page.url.path == "/admin/itemrequest/details/", office.words
    [row_id] = re.findall(r"id=([\w-]+)", str(office.page.url))
    red, grey, final, issued = tallies(office)
    assert (grey, red + issued) == (0, len_of_active(office))
    assert (
        f'新增环节将使 {red} 人重新出现"未办理",其中 {final} 人的院系离校将被撤销;已发证 {issued} 人不受影响。'
        in office.words
    )
    office.post("/admin/itemrequest/decide", id=row_id, decision="APPROVED", reason="同意")
    made = data(office, '{ clearances(where: { item: { code: { eq: "KEYS" } } }, first: 1) { totalCount } }')
    assert made["clearances"]["totalCount"] == red
    served.command("check")


def len_of_active(office: Person) -> int:
    where = '{ batch: { code: { eq: "2026-06" } }, state: { eq: ACTIVE } }'
    return int(data(office, f"{{ sheets(where: {where}, first: 1) {{ totalCount }} }}")["sheets"]["totalCount"])


def test_a_request_is_withdrawn_by_its_department_alone(someone: Someone) -> None:
    library, office, dorm = someone("library"), someone("office"), someone("dorm")
    library.get(ASK, batch=NEXT, what="REMOVE", item="LIB_BOOKS")
    library.post(ASK, batch=NEXT, what="REMOVE", item="LIB_BOOKS", reason="并入他项")
    [row_id] = re.findall(r"id=([\w-]+)", str(library.page.url))
    assert "撤回申请" in library.words
    dorm.get("/admin/itemrequest/")
    assert dorm.get("/admin/itemrequest/details/", id=row_id).status_code == 404
    dorm.get("/admin/itemrequest/")
    assert dorm.post("/admin/itemrequest/withdraw", id=row_id).status_code == 404
    dorm.get("/admin/itemrequest/")
    assert dorm.post("/admin/itemrequest/decide", id=row_id, decision="APPROVED", reason="x").status_code == 403
    library.get("/admin/itemrequest/details/", id=row_id)
    library.post("/admin/itemrequest/withdraw", id=row_id)
    assert "申请已撤回。" in library.words
    assert "已撤回" in library.words
    office.get("/admin/itemrequest/details/", id=row_id)
    assert "不同意" not in office.words


def test_what_cannot_be_asked(someone: Someone) -> None:
    library, office, counsellor = someone("library"), someone("office"), someone("counsellor")
    before = counts(office)
    library.get(ASK, batch=NEXT, what="ADD")
    form = filled(library) | {"code": "small", "name": "x", "reason": "y"}
    library.post(ASK, **form)
    assert library.page.status_code == 400
    assert re.search(r'id="code"[^>]*value="small"[^>]*aria-invalid="true"', library.text)
    library.get(ASK, batch=NEXT, what="CHANGE", item="DORM_OUT")
    library.post(ASK, batch=NEXT, what="REMOVE", item="DORM_OUT", reason="不是我的")
    assert library.page.status_code == 400
    library.get(ASK, batch="2026-06", what="ADD")
    assert "2026年12月离校" in library.words  # a department asks about a batch in preparation only
    assert counsellor.get(ASK).status_code == 403
    batch = data(office, f'{{ batch(code: "{NEXT}") {{ id version requestDeadline }} }}')["batch"]
    row = f'id: "{batch["id"]}", expectedVersion: {batch["version"]}'
    change(office, f'mutation {{ updateBatch({row}, input: {{ requestDeadline: "2026-01-01T10:00:00Z" }}) {{ id }} }}')
    library.get(ASK, batch=NEXT, what="REMOVE", item="LIB_BOOKS")
    library.post(ASK, batch=NEXT, what="REMOVE", item="LIB_BOOKS", reason="晚了")
    assert library.page.status_code == 400
    assert "已过流程项申请截止时间(2026-01-01 18:00)。" in library.words
    after = counts(office)
    assert after["events"] == before["events"] + 1  # the batch's deadline


def test_the_page_of_an_item_says_what_is_fixed_and_what_comes_first(someone: Someone) -> None:
    office, library = someone("office"), someone("library")
    where = '{ batch: { code: { eq: "2026-06" } } }'
    query = (
        f"{{ items(where: {where}, first: 50) {{ nodes {{ id code name prerequisites {{ requires {{ name }} }} }} }} }}"
    )
    items = data(office, query)["items"]["nodes"]
    with_first = next(each for each in items if each["prerequisites"])
    office.get("/admin/item/details/", id=with_first["id"])
    assert "本批次已开放:环节性质、办理方、办理方式、适用对象和前置环节已冻结" in office.words
    assert with_first["prerequisites"][0]["requires"]["name"] in office.words
    assert "withdrawItem" not in office.text
    office.get("/admin/item/", page_size="50")
    first = with_first["prerequisites"][0]["requires"]["name"]
    assert re.search(rf"{with_first['name']} \S+ \S+ \S+ {first}", office.words)
    own = next(each["id"] for each in items if each["code"] == "LIB_BOOKS")
    library.get("/admin/item/do/updateItem", id=own)
    assert re.search(r'name="place"', library.text)
    assert not re.search(r'name="kind"', library.text)
