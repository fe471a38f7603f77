"""Types of files and endings of their names, alike on every machine: slim images have no ``mime.types``."""

from __future__ import annotations

import mimetypes

from ..schema.generated import generated

ANY_BYTES = "application/octet-stream"
_COMPRESSED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
_USUAL = {
    "7z": "application/x-7z-compressed",
    "avif": "image/avif",
    "bmp": "image/bmp",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": f"{_OFFICE}wordprocessingml.document",
    "dotx": f"{_OFFICE}wordprocessingml.template",
    "eml": "message/rfc822",
    "epub": "application/epub+zip",
    "gif": "image/gif",
    "heic": "image/heic",
    "html": "text/html",
    "ics": "text/calendar",
    "jpg": "image/jpeg",
    "json": "application/json",
    "m4a": "audio/mp4",
    "md": "text/markdown",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "msg": "application/vnd.ms-outlook",
    "odp": f"{_OPEN}presentation",
    "ods": f"{_OPEN}spreadsheet",
    "odt": f"{_OPEN}text",
    "pdf": "application/pdf",
    "png": "image/png",
    "potx": f"{_OFFICE}presentationml.template",
    "ppsx": f"{_OFFICE}presentationml.slideshow",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": f"{_OFFICE}presentationml.presentation",
    "rar": "application/vnd.rar",
    "rtf": "application/rtf",
    "svg": "image/svg+xml",
    "tif": "image/tiff",
    "txt": "text/plain",
    "vcf": "text/vcard",
    "webm": "video/webm",
    "webp": "image/webp",
    "xls": "application/vnd.ms-excel",
    "xlsx": f"{_OFFICE}spreadsheetml.sheet",
    "xltx": f"{_OFFICE}spreadsheetml.template",
    "xml": "application/xml",
    "zip": "application/zip",
}
_ENDINGS = {
    **{kind: f".{ending}" for ending, kind in _USUAL.items()},
    ANY_BYTES: ".dat",  # the usual .bin is one that Postmark refuses
    "application/ics": ".ics",
    "message/delivery-status": ".txt",
    "message/disposition-notification": ".txt",
    "message/global": ".eml",
    "text/rfc822-headers": ".txt",
    "text/rtf": ".rtf",
    "text/x-vcard": ".vcf",
    "text/xml": ".xml",
}


def type_of(name: str) -> str:
    """The type of a file by the ending of its name."""
    usual = _USUAL.get(name.rpartition(".")[2].lower()) if "." in name else None
    if usual is not None:
        return usual
    kind, compression = mimetypes.guess_type(name)
    return _COMPRESSED.get(compression, ANY_BYTES) if compression else kind or ANY_BYTES


def ending_of(kind: str) -> str:
    """The ending of a name for a file of this type, with its dot; none that Postmark refuses, and maybe none at all."""
    kind = kind.partition(";")[0].strip().lower()
    ending = _ENDINGS.get(kind) or mimetypes.guess_extension(kind) or ""
    refused = generated("models.attachment").MODEL.__rules__["name"].forbidden_extensions
    return ".dat" if ending.lower().lstrip(".") in refused else ending
