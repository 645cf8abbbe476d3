"""Requests to an intake, as a fake one reads and keeps them."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any


class CutOff(Exception):
    """The peer went away in the middle of a request."""


@dataclass
class Request:
    """One request as it was understood: `body` unpacked, `parts` of a multipart body by name."""

    method: str
    path: str
    route: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    raw_body: bytes
    mode: str
    connection: int
    accepted: bool = False  # a 2xx went out, or would have
    parts: dict[str, bytes] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def without_prefix(path: str) -> str:
    for prefix in ("/evp_proxy/v2", "/evp_proxy/v4"):
        if path.startswith(prefix + "/"):
            return path[len(prefix) :]
    return path


def read_headers(stream: Any) -> dict[str, str]:
    headers = {}
    while True:
        line = stream.readline(65536).decode("latin-1")
        if not line.strip():
            return headers
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()


def read_body(stream: Any, headers: dict[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() != "chunked":
        wanted = int(headers.get("content-length", 0))
        body = stream.read(wanted)
        if len(body) != wanted:
            raise CutOff
        return body
    pieces = []
    while True:
        length = int(stream.readline(100).split(b";")[0], 16)
        pieces.append(stream.read(length))
        stream.readline(100)
        if length == 0:
            return b"".join(pieces)


def unpacked(raw: bytes, headers: dict[str, str]) -> bytes:
    return gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw


def parts_of(request: Request) -> dict[str, bytes]:
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/"):
        return {}
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body
    )
    parts = {}
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        parts[name] = content if isinstance(content, bytes) else b""
    return parts
