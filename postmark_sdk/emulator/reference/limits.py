"""Figures of the reference documents, in the unit their name says."""

MEGABYTE = 1024 * 1024

MAX_MESSAGE_BYTES = 10 * MEGABYTE
MAX_BATCH_BYTES = 50 * MEGABYTE
MAX_BODY_PART_BYTES = 5 * MEGABYTE
MAX_STORED_PART_BYTES = MEGABYTE

MAX_BATCH_MESSAGES = 500
MAX_RECIPIENTS = 50
MAX_FROM_UNITS = 255
MAX_SUBJECT_UNITS = 2000
MAX_TAG_CHARACTERS = 1000
MAX_METADATA_KEYS = 10
MAX_METADATA_KEY = 20
MAX_METADATA_VALUE = 80

MAX_PAGE = 500
MAX_WINDOW = 10_000
MAX_TEMPLATES = 100
MAX_STREAMS = 10
MAX_SUPPRESSIONS = 50
MAX_WEBHOOKS = 10
MAX_JSON_DEPTH = 64
MAX_INT64 = 2**63 - 1

PURGE_DAYS = 45
DUMP_DAYS = 30
STATISTICS_DAYS = 366

FORBIDDEN_EXTENSIONS = frozenset(
    [
        "vbs",
        "exe",
        "bin",
        "bat",
        "chm",
        "com",
        "cpl",
        "crt",
        "hlp",
        "hta",
        "inf",
        "ins",
        "isp",
        "jse",
        "lnk",
        "mdb",
        "pcd",
        "pif",
        "reg",
        "scr",
        "sct",
        "shs",
        "vbe",
        "vba",
        "wsf",
        "wsh",
        "wsl",
        "msc",
        "msi",
        "msp",
        "mst",
    ]
)


def utf16_units(text: str) -> int:
    """Length as Postmark counts it: characters beyond the basic plane are two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def as_number(text: str) -> int | None:
    """What digits stand for, within 64 bits; None for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_INT64))):
        return None
    number = int(text)
    return number if number <= MAX_INT64 else None
