"""What a text itself takes back of its figures: not yet confirmed, in another currency, of a part of the capital."""

from __future__ import annotations

import re

from lsinfra.intake.documents.wording import bare

_UNVERIFIED = re.compile(
    r"chưa (?:được |có |phải |là |qua )*(?:(?:số liệu |số )?chính thức|xác minh|xác nhận(?! (?:nguồn|quyền))|kiểm chứng"
    r"|đối chiếu|thẩm tra|kiểm toán)"
    r"|không chính thức|(?<!thiết kế )sơ bộ|tạm tính|tạm báo cáo|tự (?:báo|khai|kê khai|đánh giá)"
    r"|số (?:liệu )?(?:ước|tạm)|(?<=\()ước(?=\))|\(\?+\)|nghe nói|hình như|có lẽ|dường như|theo dư luận|được cho là"
    r"|(?:cần|chờ|đợi) (?:được )?(?:kiểm tra|xác minh|xác nhận|rà soát|kiểm chứng|đối chiếu)(?! (?:nguồn|quyền))",
    re.IGNORECASE,
)
_FIGURES_THEMSELVES = re.compile(r"(?<!\w)(?:so lieu|con so|cac so|bao cao)(?!\w)")
_CURRENCIES = (
    r"us ?d|đô ?[- ]?la(?: mỹ)?|đô(?! thị)|eur|euro|ndt|nhân dân tệ|cny|rmb|jpy|yên|yen|krw|won|bảng anh"
    r"|gbp|sgd|aud|cad|chf|franc|rúp|rub|kíp|baht|thb|sdr|ngoại tệ"
)
CURRENCY = rf"(?:(?<!\w)(?:{_CURRENCIES})(?!\w)|(?<!\w)us ?\$|[$€¥£])"
_CURRENCY = re.compile(CURRENCY, re.IGNORECASE)
# Which part of a project's capital an amount is for: clearance, building, advice.
_PART_OF_CAPITAL = re.compile(
    r"(?<!\w)(?:(?:cho|phuc vu|vao|ve|de) "
    r"|(?:cong tac|chi phi|kinh phi|tien|phan|hang muc|khoi luong|von|linh vuc|viec) (?:chi (?:cho )?)?)"
    r"(?:(?:cong tac|viec|chi phi|kinh phi|chi|phan|hang muc|khoi luong|tra|tien) )*"
    r"(?:gpmb|giai phong mat bang|boi thuong|den bu|chi tra|tai dinh cu|xay lap|xay dung|tu van|thiet bi|du phong"
    r"|quan ly du an|chuan bi dau tu|thi cong)(?!\w)"
)


_PLANNED = re.compile(
    r"[\W\d]*(?:[ivx]{1,5}[.)] )?[\W\d]*(?:(?:mot so|cac|ve) )?(?:ke hoach(?! von)|nhiem vu"
    r"|phuong huong|muc tieu|giai phap|du kien|chi tieu|dinh huong|lo trinh|kien nghi|de xuat"
    r"|thoi gian toi|cong tac trong tam)(?!\w)"
)
_OPENS = re.compile(r"\W*[ivx]{1,5}[.)] ")
_RESULTS = re.compile(
    r"(?<!\w)(?:ket qua|tinh hinh|da|thuc hien (?:ke hoach|nhiem vu)|tien do thuc hien|so lieu)(?!\w)"
)


def planned_below(heading: str) -> bool | None:
    """Whether plans stand below a heading (“II. Nhiệm vụ thời gian tới”); None where it says nothing about that."""
    without = bare(heading[:300])
    if _RESULTS.search(without):
        return False
    return True if _PLANNED.match(without) else False if _OPENS.match(without) else None


def unverified(text: str) -> bool:
    """Whether a sentence says that its figures are not final: “chưa được xác minh”, “số liệu sơ bộ”, “(tạm tính)”."""
    return _UNVERIFIED.search(text) is not None


def doubts_figures(text: str) -> bool:
    """Whether a sentence says so of figures that stand elsewhere: “số liệu này chưa được kiểm chứng”."""
    return unverified(text) and _FIGURES_THEMSELVES.search(bare(text)) is not None


def foreign(text: str) -> bool:
    """Whether a currency other than the đồng is named."""
    return _CURRENCY.search(text) is not None


def part_of_capital(clause: str) -> bool:
    """Whether a clause about disbursement says that it is for one kind of work only."""
    return _PART_OF_CAPITAL.search(bare(clause)) is not None
