"""The words of official Vietnamese prose that the grammar knows, found with and without their tone marks.

Every pattern is written with its marks. It is sought in the text without marks, so that a slip of optical recognition
(Lôc Binh) is still found; ``Word.exact`` says whether the marks were right. All patterns take linear time.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from lsinfra.codes import Base, Funding, Stage


class Kind(StrEnum):
    """What a piece of a sentence is to the grammar."""

    PROJECT = "project"
    UNIT = "unit"
    WHOLE = "whole"
    PART = "part"
    STAGE = "stage"
    SPENT = "spent"
    PLAN = "plan"
    BASE = "base"
    FUNDING = "funding"
    DATE = "date"
    NOW = "now"
    EVENT = "event"
    CITED = "cited"
    YEAR = "year"
    AIM = "aim"
    UNDONE = "undone"
    CHANGE = "change"
    PERIOD = "period"
    LEVEL = "level"
    DONE = "done"
    AMONG = "among"
    FIGURE = "figure"
    PERCENT = "percent"
    TOTAL = "total"
    COMMA = "comma"
    AND = "and"
    STOP = "stop"
    CHAINAGE = "chainage"
    LOOSE = "loose"
    SUM = "sum"


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a sentence: characters ``start`` to ``end``, what it is and means, whether its marks are right."""

    kind: Kind
    start: int
    end: int
    value: object = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Pattern:
    """One wording: sought without marks, then compared with them; ``marked`` ones are known only with their marks."""

    kind: Kind
    value: object
    exact: re.Pattern[str]
    bare: re.Pattern[str]


def bare(text: str) -> str:
    """The NFC text in lower case without marks, character for character: ``Lộc Bình`` → ``loc binh``."""
    return text.translate(_BARE)


class _Bare(dict[int, str]):
    """Each character as the letter it is made of, in lower case; worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        base = unicodedata.normalize("NFD", chr(code))[0].lower()
        self[code] = base if len(base) == 1 else chr(code)
        return self[code]


_BARE = _Bare({ord("đ"): "d", ord("Đ"): "d"})


def pattern(kind: Kind, words: str, value: object = None, *, marked: bool = False) -> Pattern:
    """A pattern from its words with marks, blanks as single spaces; ``marked`` for words that need their marks."""
    source = rf"(?<!\w)(?:{words})(?!\w)"
    exact = re.compile(source, re.IGNORECASE)
    return Pattern(kind, value, exact, exact if marked else re.compile(_bare_source(source)))


def _bare_source(source: str) -> str:
    """The pattern without marks in lower case; the letters of its classes (as in W for no letter) stay as they are."""
    return re.sub(r"\\.|[^\\]", lambda m: m[0] if m[0][0] == "\\" else bare(m[0]), source)


def find(patterns: tuple[Pattern, ...], text: str, without: str, taken: list[bool]) -> list[Word]:
    """The words of some patterns, earlier patterns first; ``taken`` marks the characters that belong to a word."""
    found = []
    for known in patterns:
        marked = known.exact is known.bare
        sought, at = text if marked else without, 0
        while match := known.bare.search(sought, at):
            start, at = match.span()
            if any(taken[start:at]):
                at = start + 1  # its end alone may be free: "vốn" is the plan's in "kế hoạch vốn ngân sách tỉnh"
                continue
            right = known.exact.match(text, start)
            exact = marked or (right is not None and right.end() == at)
            if not exact and _another_word(text[start:at]):
                continue
            taken[start:at] = [True] * (at - start)
            found.append(Word(known.kind, start, at, known.value, exact))
    return found


def _another_word(found: str) -> bool:
    """Whether a syllable with other marks is a word of its own (công, not cống) rather than a slip; never a denial."""
    without = bare(found)
    return " " not in found and found.lower() != without and without not in _DENIALS


_DENIALS = frozenset(("chua", "khong", "se", "them"))

# --- land ------------------------------------------------------------------------------------------------------

_OF_PLAN = r"phương án(?: (?:bồi thường|đền bù|bt|hỗ trợ|ht|tái định cư|tđc|gpmb)|,)*"
STAGES = (
    pattern(Kind.CHANGE, r"(?:tạm|tự) (?:\w+ )?bàn giao", "again", marked=True),
    pattern(Kind.CHANGE, r"bàn giao (?:lại|tạm|nội bộ|trở lại|thử)", "again", marked=True),
    pattern(
        Kind.PART,
        r"bàn giao (?:\w+ )?(?:hồ sơ|ranh giới|cọc|mốc|tim tuyến|bản đồ"
        r"|cho (?:ubnd )?(?:các )?(?:huyện|thành phố|tp|xã))",
    ),
    pattern(Kind.STAGE, rf"phê duyệt(?: \w+){{0,3}}? {_OF_PLAN}", Stage.APPROVED),
    pattern(Kind.STAGE, r"phương án(?: bồi thường| đền bù| hỗ trợ| tái định cư|,)*", "plan of compensation"),
    pattern(Kind.STAGE, r"phê duyệt", "approval"),
    pattern(Kind.STAGE, r"đo đạc(?:,| và)? kiểm đếm|đo đạc|kiểm đếm|trích đo|đo vẽ", Stage.INVENTORIED),
    pattern(Kind.STAGE, r"(?:chi trả|trả|nhận|chi) (?:xong )?tiền(?: (?:bồi thường|đền bù|hỗ trợ))?", Stage.PAID),
    pattern(Kind.STAGE, r"nhận (?:đủ |xong )?(?:bồi thường|đền bù)|chi trả(?: (?:bồi thường|đền bù))?", Stage.PAID),
    pattern(Kind.STAGE, r"bàn giao (?:\w+ )?mặt bằng sạch", "clear and handed over"),
    pattern(Kind.STAGE, r"mặt bằng(?: thi công)? sạch|sạch mặt bằng", Stage.CLEAR),
    pattern(Kind.STAGE, r"bàn giao", Stage.HANDED_OVER),
)
WHOLES = (
    pattern(
        Kind.WHOLE,
        r"toàn(?: bộ)? (?:dự án|tuyến)|cả (?:dự án|tuyến)",
    ),
)
PARTS = (
    pattern(
        Kind.PART,
        r"tuyến chính|tuyến nhánh|tuyến kết nối|nhánh|gói thầu|dự án thành phần|khu tái định cư|tái định cư tại chỗ"
        r"|đất (?:ở|rừng|lúa|nông nghiệp|lâm nghiệp|công|vườn|trồng|phi nông nghiệp|quốc phòng|mặt nước)"
        r"|(?<!phục vụ )(?<!nhà thầu )(?<!đơn vị )(?<!mặt bằng )(?<!để )thi công"
        r"|nền đường|mặt đường|rà phá|di dời|di chuyển|cắm mốc|đường điện|đường gom|đường công vụ|bãi thải|mỏ"
        r"|(?:nhà thầu|đơn vị thi công|tư vấn)(?= (?:\w+ ){0,3}bàn giao)"
        r"|ranh giới|cọc|mồ mả|ngôi mộ|hạ tầng kỹ thuật|xây dựng|trụ sở|nút giao|trạm|cống|hầm|riêng(?! huyện)",
    ),
)

# --- what is no observation ------------------------------------------------------------------------------------

# Hoped for, planned, ordered, possible: from such a word on nothing in the sentence is a fact.
AIMS = (
    pattern(
        Kind.AIM,
        r"phấn đấu|dự kiến|dự tính|dự báo|dự định|dự ước|dự thảo|ước(?: tính)?|kỳ vọng|hy vọng|mong muốn|muốn"
        r"|(?:lẽ|đáng) ra|đáng lẽ|giá như|giả (?:sử|định|thiết)|trường hợp|nếu|có thể|(?:có |nhiều )?khả năng|tiềm năng"
        r"|sẽ|sắp|sớm|chuẩn bị|mục tiêu|chỉ tiêu|cam kết|hứa|hẹn|xin|hạn|thời hạn"
        r"|kịp|đồng ý|đăng ký|thống nhất|nhất trí|chấp thuận|quy hoạch|thiết kế|được phép|cho phép"
        r"|thuộc (?:diện|đối tượng)|đủ điều kiện"
        r"|đề nghị|yêu cầu|chỉ đạo|đôn đốc|đề xuất|kiến nghị|giao nhiệm vụ|tập trung|đẩy nhanh|khẩn trương"
        r"|quyết tâm|nỗ lực|cố gắng|(?:bảo|đảm) (?:đảm|bảo)|nhu cầu|nhằm"
        r"|để (?:bàn giao|chi trả|phê duyệt|đạt|hoàn thành)"
        r"|được giao(?= bàn giao| chi trả| kiểm đếm| nhiệm vụ| hoàn thành)"
        r"|(?<!bàn )giao(?= (?:cho )?(?:các )?(?:ubnd|huyện|thành phố|tp|xã|địa phương|đơn vị|chủ đầu tư|nhà thầu))"
        r"|(?:kế hoạch|kh) (?:bàn giao|chi trả|kiểm đếm|đo đạc|gpmb|giải phóng|phê duyệt|trong)"
        r"|(?<!đồng )(?<!% )(?:kế hoạch|kh) (?:giải ngân)(?! được| đạt)"
        r"|(?<!thực hiện )(?<!vốn )(?:kế hoạch|kh)(?=:| (?:tính )?(?:đến|tới)(?! nay)"
        r"|(?: năm 20\d\d)? (?:bàn giao|giải ngân)(?! được| đạt))"
        r"|theo (?:đúng )?(?:kế hoạch(?! vốn)|kh|tiến độ|hồ sơ|cam kết|lộ trình|hợp đồng|nghị quyết|kịch bản|nhiệm vụ)"
        r"|(?<!đạt )(?<!vượt )(?<!% )(?<!với )(?:kế hoạch|kh) (?:đã |được )*(?:phê )?(?:duyệt|đặt ra|đề ra)"
        r"|^theo (?:quyết định|chỉ thị|công điện|thông báo)|(?:đây |đó )?là (?:kế hoạch(?! vốn)|kh)"
        r"|lộ trình|kịch bản|tiến độ (?:đặt|đề|đã|yêu cầu|giao|cam kết|hợp đồng|kế hoạch)"
        r"|(?:nhiệm vụ|(?<!cắm )(?<!cọc )mốc)(?=:| (?:thời gian )?(?:là )?(?:tính )?(?:đến|tới))"
        r"|hoàn thành (?:trước|trong|vào)|trước (?:ngày|tháng)|xong trước|chậm nhất"
        r"|(?:cần|phải)(?! (?:thu hồi|giải phóng|gpmb))"
        r"|thời gian tới|tới đây|(?:tuần|tháng|quý|năm) (?:tới|sau)|sang năm|trong (?:năm tới|quý)",
    ),
)
# Not done, in dispute, still under way, left over.
UNDONE = (
    pattern(
        Kind.UNDONE,
        r"chưa|không|chẳng|(?<!công )(?<!quá )(?<!lộ )(?<!chương )trình|lập|thẩm định|niêm yết"
        r"|tranh chấp|khiếu nại|từ chối|phản đối|cưỡng chế|còn(?= \d)"
        r"|còn (?:lại|khoảng|vướng|tồn|thiếu|phải|trên|hơn|gần|nợ)|thiếu|vướng(?: mắc)?|chậm|hụt"
        r"|tồn tại|tồn đọng|đang|tiếp tục|thu hồi lại|trả lại|nhận lại|hủy(?: bỏ)?|hoãn|tạm dừng|dừng|thay vì|thay cho"
        r"|nhầm|đính chính|sau khi|khi|trừ|ngoài ra|bình quân|trung bình|mỗi|từng",
    ),
    pattern(Kind.UNDONE, r"chờ|đợi", marked=True),  # cho is another word
    pattern(
        Kind.UNDONE,
        r"vận động|thuyết phục|tuyên truyền|đối thoại|họp(?= với| dân| các hộ| bàn)|làm việc(?= với)|tiếp xúc|gặp gỡ"
        r"|mời|phổ biến|lấy ý kiến",
        "talked",
        marked=True,
    ),
)
CHANGES = (
    pattern(Kind.CHANGE, r"tăng(?! cường)(?: thêm)?|thêm|giảm|so với|phát sinh|bổ sung|chênh lệch|lên", "change"),
)
PERIODS = (
    pattern(
        Kind.PERIOD,
        r"(?:so )?(?:với )?(?:cùng kỳ|kỳ trước|(?:năm|tháng|tuần|quý) (?:trước|ngoái))",
        "earlier",
    ),
    pattern(
        Kind.PERIOD,
        r"trong (?:tuần|tháng|kỳ|ngày|năm|quý|đợt)(?: \d[\d/]*)?|riêng (?:tuần|tháng|năm|quý|kỳ)"
        r"|(?:tuần|tháng|kỳ|quý|năm) (?:qua|này)"
        r"|từ đầu (?:năm|tháng)"
        r"|riêng trong|đợt \d+|\d+ tháng đầu năm",
    ),
)
LEVELS = (
    pattern(
        Kind.LEVEL,
        r"l[uũ][yỹ] kế|cộng dồn|(?:nâng|đưa) (?:tổng|lũy kế|diện tích|số hộ|chiều dài)(?: số| diện tích| cộng)*",
    ),
)
NEED = "need"  # of a total: what has to be done
_ALL_OF = r"tổng(?! mức| vốn| đầu tư)(?: (?:số|diện tích|chiều dài|khối lượng|cộng))?(?: đất)?"
TOTALS = (
    pattern(
        Kind.TOTAL,
        rf"{_ALL_OF} (?:phải|cần)(?: (?:thu hồi|bàn giao|giải phóng|gpmb|kiểm đếm|chi trả))?(?: mặt bằng)?"
        r"|(?:phải|cần) (?:thu hồi|giải phóng(?: mặt bằng)?|gpmb)",
        NEED,
    ),
    pattern(Kind.TOTAL, _ALL_OF),
)
SUMS = (pattern(Kind.SUM, r"(?<!công )cộng(?! hòa| hoà| đồng| dồn)|cả hai", marked=True),)
DONE = (pattern(Kind.DONE, r"đã|được|xong|hoàn thành|thực hiện"),)
AMONG = (pattern(Kind.AMONG, r"trong đó|bao gồm|gồm|cụ thể"),)

GIVEN = "given"  # of a plan: capital that was assigned
FIRST = "first"  # of a plan: before it was adjusted, which is none of the bases

# --- money -----------------------------------------------------------------------------------------------------

PLANS = (
    pattern(Kind.PART, r"giải ngân (?:vốn |chi phí |kinh phí |tiền )+(?:gpmb|giải phóng mặt bằng|bồi thường)"),
    pattern(Kind.PART, r"tổng mức đầu tư|tổng vốn đầu tư|tổng đầu tư|tạm ứng|thu hồi tạm ứng|vốn kéo dài|vốn đối ứng"),
    pattern(Kind.SPENT, r"giải ngân(?: (?:thanh toán))?"),
    pattern(
        Kind.PLAN,
        r"(?:kế hoạch|kh)(?: vốn| đầu tư công| đầu tư)*|vốn (?:đầu tư công|kế hoạch|được giao|bố trí|được bố trí)"
        r"|vốn(?= năm 20\d\d)",
    ),
)
BASES = (
    pattern(Kind.BASE, r"(?:đầu năm|đầu kỳ|ban đầu|lần đầu|trước (?:khi )?điều chỉnh|chưa điều chỉnh)", FIRST),
    pattern(Kind.BASE, r"(?:sau |đã |được )*(?:khi )?điều chỉnh", Base.ADJUSTED),
    pattern(Kind.BASE, r"(?:do |được )?(?:thủ tướng(?: chính phủ)?|ttgcp|trung ương) giao", Base.PM_ASSIGNED),
    pattern(Kind.BASE, r"(?:do |được )?(?:ubnd |hđnd )?(?:tỉnh|địa phương) giao", Base.PROVINCE_ASSIGNED),
    pattern(Kind.BASE, r"(?:bao gồm|kể|tính) cả (?:vốn )?(?:kéo dài|chuyển nguồn)", Base.WITH_CARRY_OVER),
    pattern(Kind.PLAN, r"được (?:giao|bố trí|phân bổ)(?: (?:kế hoạch )?vốn)?", GIVEN),
)
# The value None is a source that the records do not keep, or all of the state's money together.
_SOURCE = r"(?:(?:từ |bằng )?nguồn )?(?:vốn )?"
FUNDINGS = (
    pattern(Kind.FUNDING, rf"{_SOURCE}(?:(?:ngân sách|ns) (?:trung ương|tw)|nstw)", Funding.CENTRAL_BUDGET),
    pattern(Kind.FUNDING, r"(?:(?:từ )?nguồn |nguồn vốn |vốn )(?:trung ương|tw)", Funding.CENTRAL_BUDGET),
    pattern(
        Kind.FUNDING, rf"{_SOURCE}(?:(?:ngân sách|ns) (?:địa phương|đp|tỉnh)|nsđp|nst)(?! giao)", Funding.LOCAL_BUDGET
    ),
    pattern(Kind.FUNDING, r"(?:(?:từ )?nguồn |nguồn vốn |vốn )(?:địa phương|tỉnh)(?! giao)", Funding.LOCAL_BUDGET),
    pattern(Kind.FUNDING, rf"{_SOURCE}(?:oda|vay (?:oda|nước ngoài|ưu đãi))", Funding.ODA),
    pattern(
        Kind.FUNDING, r"(?:(?:từ )?nguồn )?vốn (?:của )?(?:nhà đầu tư|chủ sở hữu|bot|doanh nghiệp)", Funding.INVESTOR
    ),
    pattern(Kind.FUNDING, r"(?:(?:từ )?nguồn )?vốn (?:vay|tín dụng)", Funding.LOAN),
    pattern(Kind.FUNDING, rf"{_SOURCE}(?:ngân sách|ns)(?: nhà nước)?|nsnn|(?:vốn )?trái phiếu|vốn (?:nhà nước|khác)"),
    pattern(Kind.FUNDING, r"(?:từ |bằng )?nguồn(?: vốn)?"),
)

# --- the rest of a clause --------------------------------------------------------------------------------------

# Words that change nothing about a figure; any other makes the reading less sure, or forbids it.
_PLAIN_WORDS = (
    "và với của cho có là tại ở trên địa bàn phận thuộc qua đoạn tuyến dự án diện tích chiều dài đất mặt bằng"
    " hộ dân gia đình số được đã xong hoàn thành công tác khoảng tương ứng đương đạt tỷ lệ bằng chiếm thu hồi các"
    " bị ảnh"
    " hưởng bởi doanh nghiệp giải phóng gpmb tiền bồi thường hỗ trợ đền bù nhân dân cũng đến ngày này"
    " nay hết tháng năm số liệu tính về kết quả như sau trong đó gồm bao cụ thể toàn bộ tổng cao tốc"
    " nâng cấp cải tạo"
    " quốc lộ huyện thành phố xã việc thực hiện tổ chức phục vụ thi công nhà thầu lũy kế vốn tỷ đồng phần do người"
    " cả đối thửa riêng còn ubnd hội đồng cửa khẩu phương án nhận chi trả bàn giao kiểm đếm xây dựng mới lại thì"
    " bố trí phải tuyến đường bộ khối lượng theo tại thời điểm báo cáo đồng thời kế hoạch giao"
)
_PLAIN = frozenset(_PLAIN_WORDS.split())
PLAIN = frozenset(map(bare, _PLAIN))


def plain(word: str) -> bool:
    """Whether a word changes nothing about a figure; written with other marks (cộng for công) it is another word."""
    lower = word.lower()
    return lower in _PLAIN or (lower == bare(word) and lower in PLAIN)


BOUND = re.compile(
    r"(?:hơn|trên|gần|dưới|tối thiểu|ít nhất|tối đa|không quá|quá|từ|đến|vượt|[-–−+~≈<>≤≥±])\s*$", re.IGNORECASE
)
# "Một nửa của 80,87 ha", "50% của 80,87 ha": the number is what a part was taken of.
PART_OF = re.compile(
    r"(?:nửa|phần (?:lớn|nhiều|hai|ba|tư|bốn|năm|mười)|đa số|hầu hết|một phần|\d ?/ ?\d(?= )|%(?= (?:của|trong|trên)))"
    r"(?: (?:của|trong|trên|số|diện tích|đất|mặt bằng|chiều dài))*\s*$",
    re.IGNORECASE,
)
