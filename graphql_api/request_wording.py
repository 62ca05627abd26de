"""What is said of a request that is none, in both languages."""

from __future__ import annotations

from models.declare import Words

NOT_ACCEPTABLE = Words(
    "本接口只返回 application/graphql-response+json 或 application/json,请修改 Accept 请求头。",
    "Answers are application/graphql-response+json or application/json; change the Accept header.",
)
WRONG_METHOD = Words(
    "请用 POST(查询也可用 GET)访问本接口。", "Ask this address by POST, or by GET for a query that only reads."
)
WRONG_TYPE = Words("请求正文须为 UTF-8 编码的 application/json。", "The body must be application/json in UTF-8.")
TOO_SLOW = Words(
    "请求正文未在规定时间内送达,未执行。请检查网络后重试。",
    "The body did not arrive in time, and nothing was done. Check the connection and try again.",
)
TOO_LARGE = Words(
    "请求正文超过 {limit} 字节,未执行。请分几次提交。",
    "The body is larger than {limit} bytes; nothing was done. Send it in several requests.",
)
NOT_JSON = Words(
    "{what}不是 UTF-8 编码的 JSON(第 {line} 行第 {column} 列起)。",
    "{what} is not JSON in UTF-8 (from line {line}, column {column}).",
)
HOLDS_NUL = Words("{what}含有空字符(NUL),无法保存。", "{what} holds a NUL character, which cannot be stored.")
NO_OBJECT = Words("请求正文须为一个 JSON 对象。", "The body must be one JSON object.")
NO_DOCUMENT = Words(
    "缺少 query:须为 GraphQL 文档的文本,或以 documentId 指明已登记的查询。",
    "`query` must be the text of a GraphQL document, unless `documentId` names a stored one.",
)
WRONG_VARIABLES = Words("variables 须为 JSON 对象。", "`variables` must be an object.")
WRONG_NAME = Words("operationName 须为文本。", "`operationName` must be a text.")
WRONG_EXTENSIONS = Words("extensions 须为 JSON 对象。", "`extensions` must be an object.")
WRONG_HASH = Words(
    "documentId 或 persistedQuery.sha256Hash 须为查询文本的 SHA-256(64 位小写十六进制)。",
    "`documentId` or `persistedQuery.sha256Hash` must be the SHA-256 of a document: 64 lower-case hexadecimal digits.",
)
OTHER_HASH = Words(
    "query 的 SHA-256 与所给的不符。请只发送其中一个,或更正。",
    "The SHA-256 of `query` is not the one given. Send only one of them, or correct it.",
)

FILES_METHOD = Words(
    "上传请用 POST /files?name=文件名,下载请用 GET /files/编号。",
    "Send a file by POST /files?name=…, and fetch one by GET /files/<id>.",
)
FILE_AS_IT_IS = Words(
    "请直接以文件内容作为请求正文(curl --data-binary @文件),不要用表单。",
    "The body is the file itself (curl --data-binary @file), not a form.",
)
FILE_TOO_SLOW = Words(
    "文件未在规定时间内送达,没有接收。请检查网络后重试。",
    "The file did not arrive in time and was not taken. Check the connection and try again.",
)
NAME_NOT_UTF8 = Words(
    "网址中的文件名不是 UTF-8 编码。请改正后重新上传。",
    "The file name in the address is not UTF-8. Correct it and upload the file again.",
)

BODY = Words("请求正文", "The body")
IN_ADDRESS = {
    "variables": Words("网址中的 variables ", "`variables` in the address"),
    "extensions": Words("网址中的 extensions ", "`extensions` in the address"),
}


def filled(words: Words, **facts: object) -> Words:
    """The sentence with its facts; a fact that has words itself is said in each language."""
    told = {
        locale: {name: fact[locale] if isinstance(fact, Words) else fact for name, fact in facts.items()}
        for locale in ("zh_CN", "en")
    }
    return Words(words.zh.format_map(told["zh_CN"]), words.en.format_map(told["en"]))
