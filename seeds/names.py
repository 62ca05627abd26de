"""Believable names: Chinese surnames and given names drawn by frequency, and names of international students.

Everybody is invented; a drawn name that somebody bears is chance.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate

from models.enums import Gender

#: Surnames with their approximate share of the population in hundredths of a percent.
SURNAMES: dict[str, int] = {
    "王": 725, "李": 719, "张": 683, "刘": 538, "陈": 453, "杨": 308, "黄": 223, "赵": 229, "吴": 205, "周": 212,
    "徐": 167, "孙": 154, "马": 129, "朱": 126, "胡": 131, "郭": 115, "何": 117, "高": 112, "林": 118, "罗": 86,
    "郑": 93, "梁": 84, "谢": 72, "宋": 81, "唐": 65, "许": 66, "韩": 68, "冯": 64, "邓": 62, "曹": 59,
    "彭": 57, "曾": 58, "肖": 56, "田": 55, "董": 51, "袁": 50, "潘": 49, "于": 48, "蒋": 47, "蔡": 46,
    "余": 45, "杜": 45, "叶": 44, "程": 43, "苏": 42, "魏": 42, "吕": 41, "丁": 40, "任": 39, "沈": 38,
    "姚": 38, "卢": 37, "姜": 36, "崔": 35, "钟": 35, "谭": 34, "陆": 33, "汪": 33, "范": 32, "金": 31,
    "石": 31, "廖": 30, "贾": 30, "夏": 29, "韦": 28, "傅": 27, "方": 27, "白": 26, "邹": 26, "孟": 25,
    "熊": 25, "秦": 24, "邱": 24, "江": 23, "尹": 23, "薛": 22, "闫": 22, "段": 21, "雷": 21, "侯": 20,
    "龙": 19, "史": 19, "陶": 18, "黎": 18, "贺": 17, "顾": 17, "毛": 16, "郝": 16, "龚": 15, "邵": 15,
    "万": 14, "钱": 14, "严": 13, "覃": 13, "武": 12, "戴": 12, "莫": 11, "孔": 11, "向": 10, "汤": 10,
    "欧阳": 6, "上官": 2, "司马": 2, "诸葛": 1,
}  # fmt: skip

FIRST = {
    Gender.M: "浩子宇志文俊嘉天明泽博建晓家国思鹏振海永立承少远昊景启云正一星瑞锦弘书润伟",
    Gender.F: "雨思欣梦晓佳雅诗怡静文子美若婉可心紫嘉慧清艺语淑玉芷依乐馨书晨婷春秋芳锦一安",
}
SECOND = {
    Gender.M: "轩宇杰涛豪明辉鹏飞伟强磊洋峰超凯阳林龙然博文华军斌航毅平康哲源波翔恒宁睿东成",
    Gender.F: "涵琪怡婷妍萱雯颖琳瑶彤洁悦蕾敏娜倩雪莹菲桐玲丽薇佳璐月兰媛晴蓉如冰宁欣然岚茹",
}
SINGLE = {
    Gender.M: "伟强磊涛杰鹏超斌浩凯勇波飞辉亮峰宇帅龙旭",
    Gender.F: "静敏婷丽娜芳燕雪颖琳倩洁莹慧丹霞玲佳悦璐",
}
SINGLE_SHARE = 0.14


@dataclass(frozen=True, slots=True)
class ForeignName:
    """A name in Latin letters, as in the passport, with the country in Chinese as the register writes it."""

    latin: str
    nationality: str
    gender: Gender


FOREIGN: tuple[ForeignName, ...] = (
    ForeignName("NGUYEN THI MAI", "越南", Gender.F),
    ForeignName("TRAN VAN DUC", "越南", Gender.M),
    ForeignName("KIM MINSEO", "韩国", Gender.F),
    ForeignName("PARK JIHOON", "韩国", Gender.M),
    ForeignName("SATO YUKI", "日本", Gender.F),
    ForeignName("TANAKA HARUTO", "日本", Gender.M),
    ForeignName("SOMCHAI SRISUK", "泰国", Gender.M),
    ForeignName("KANYA BOONMEE", "泰国", Gender.F),
    ForeignName("AHMED RAZA KHAN", "巴基斯坦", Gender.M),
    ForeignName("AYESHA SIDDIQUI", "巴基斯坦", Gender.F),
    ForeignName("BEKZAT NURLANOV", "哈萨克斯坦", Gender.M),
    ForeignName("AIGERIM SADYKOVA", "哈萨克斯坦", Gender.F),
    ForeignName("IVAN PETROV", "俄罗斯", Gender.M),
    ForeignName("DARIA SOKOLOVA", "俄罗斯", Gender.F),
    ForeignName("BATBAYAR ENKHJARGAL", "蒙古", Gender.F),
    ForeignName("SITI RAHMAWATI", "印度尼西亚", Gender.F),
    ForeignName("BUDI SANTOSO", "印度尼西亚", Gender.M),
    ForeignName("ABEBE TADESSE", "埃塞俄比亚", Gender.M),
    ForeignName("FATOU DIALLO", "塞内加尔", Gender.F),
    ForeignName("KWAME MENSAH", "加纳", Gender.M),
    ForeignName("MARIE DUBOIS", "法国", Gender.F),
    ForeignName("LUCA ROSSI", "意大利", Gender.M),
)

_SURNAMES = tuple(SURNAMES)
_CUMULATED = tuple(accumulate(SURNAMES.values()))


def chinese_name(rng: random.Random, gender: Gender) -> str:
    """A surname by its frequency with one or two characters after it."""
    surname = rng.choices(_SURNAMES, cum_weights=_CUMULATED)[0]
    if rng.random() < SINGLE_SHARE:
        return surname + rng.choice(SINGLE[gender])
    first, second = rng.choice(FIRST[gender]), rng.choice(SECOND[gender])
    return surname + (first + second if first != second else second)


def foreign_name(rng: random.Random) -> ForeignName:
    """One of the curated names."""
    return rng.choice(FOREIGN)
