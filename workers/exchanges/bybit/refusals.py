"""What Bybit refuses for good: the same request would be refused again. Codes by the reason they give.

Source: Bybit v5 docs, "Error codes", and its Chinese edition where that names the cause.
"""

from __future__ import annotations

from router.errors import ErrorKind, Rejected
from workers.calls.error_table import Ruling

_REQUEST = (
    *("10001", "10017", "10404", "170105", "170130", "181017", "3100326", "3100198", "110018", "110019", "110032"),
    *("110057", "110058", "170201", "170202", "170115", "170116", "170117"),
)
_SYMBOL = ("170121", "170221", "110037", "10029", "110074")
_CLOSED = (
    *("170151", "170157", "30228", "110023", "110070", "110100", "110103", "110098", "110099"),
    *("170159", "170206", "170217", "170031"),
)
_UNSUPPORTED = (
    *("110029", "110036", "110038", "110060", "110067", "110119", "170355", "170227", "170145", "170312", "170219"),
    *("170358", "170359", "170036", "170037", "170344", "110062", "110065", "3200403"),
)
_DENIED = (
    *("110132", "170209", "170348", "170224", "110068", "110069", "110080", "110087", "110104", "110105", "110106"),
    *("110107", "170215", "170216", "170220", "170223", "170226", "170230", "30133", "30134", "30135", "30136"),
    *("110123", "110125", "170241", "110124", "110135", "110136", "110137"),
)
_PRICE = (
    *("110003", "110120", "110121", "30208", "30209", "170132", "170133", "170134", "170192", "170193", "170194"),
    *("170371", "170372", "170203", "170204", "170195", "170196", "170197", "170198", "170199", "170200"),
    *("170218", "110108", "110109"),
)
_QUANTITY = (
    *("110094", "170136", "170137", "170148", "170140", "170124", "170381", "170382", "170341", "110064", "170313"),
    *("110022", "3100116", "170010", "170011", "170019"),
)
_FUNDS = (
    *("110004", "110045", "110007", "110012", "110006", "110014", "110044", "110051", "110052", "110053", "170131"),
    *("170033", "170034", "170207", "170228", "170229", "110101", "170346", "3200300"),
)
_RISK = (
    *("110011", "110046", "110039", "110040", "110013", "110021", "110085", "110086", "110089", "110090", "110131"),
    *("30256", "3400045"),
)
_SET_UP = ("110024", "110028", "110005", "110034", "110059", "110077")
_TOO_MANY = ("110009", "110020", "110061", "170810")
_TRANSFER = (
    *("131202", "131203", "131204", "131207", "131208", "131210", "131211", "131212", "131228", "131215"),
    *("131231", "131232"),
)

REFUSALS = (
    Ruling(Rejected, ErrorKind.FILTER, ("110017",), r"(?i).*truncated.*"),
    Ruling(Rejected, ErrorKind.NOTHING_TO_REDUCE, ("110017",)),
    Ruling(Rejected, ErrorKind.FILTER, ("10001",), r"(?i).*number of contracts .*|.*multiple of the tick.*"),
    Ruling(Rejected, ErrorKind.INVALID, _REQUEST),
    Ruling(Rejected, ErrorKind.UNKNOWN_SYMBOL, _SYMBOL),
    Ruling(Rejected, ErrorKind.MARKET_CLOSED, _CLOSED),
    Ruling(Rejected, ErrorKind.UNSUPPORTED, _UNSUPPORTED),
    Ruling(Rejected, ErrorKind.PERMISSION_DENIED, _DENIED),
    Ruling(Rejected, ErrorKind.WOULD_TRIGGER, ("110092", "110093")),
    Ruling(Rejected, ErrorKind.FILTER, (*_PRICE, *_QUANTITY)),
    Ruling(Rejected, ErrorKind.INSUFFICIENT_BALANCE, _FUNDS),
    Ruling(Rejected, ErrorKind.TOO_MANY_ORDERS, _TOO_MANY),
    Ruling(Rejected, ErrorKind.REFUSED, (*_RISK, *_SET_UP, *_TRANSFER, "170210")),
)
