"""Reads what Alibi sends as msgpack: maps, arrays, texts, bytes, unsigned and floating numbers, no more.

For tests that run in interpreters which have nothing installed but pytest.
"""

from __future__ import annotations

import struct
from typing import Any

_SIZES = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_TEXTS = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_BYTES = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_ARRAYS = {0xDC: 2, 0xDD: 4}
_MAPS = {0xDE: 2, 0xDF: 4}


def unpacked(body: bytes) -> Any:
    value, end = _value(body, 0)
    if end != len(body):
        raise ValueError(f"{len(body) - end} bytes behind the value")
    return value


def _value(body: bytes, at: int) -> tuple[Any, int]:
    code = body[at]
    if code < 0x80:
        return code, at + 1
    if code in _SIZES:
        return _number(body, at, _SIZES[code])
    if code == 0xCB:
        return struct.unpack(">d", body[at + 1 : at + 9])[0], at + 9
    if code < 0x90 or code in _MAPS:
        count, at = (code & 15, at + 1) if code < 0x90 else _number(body, at, _MAPS[code])
        pairs = {}
        for _ in range(count):
            key, at = _value(body, at)
            pairs[key], at = _value(body, at)
        return pairs, at
    if code < 0xA0 or code in _ARRAYS:
        count, at = (code & 15, at + 1) if code < 0xA0 else _number(body, at, _ARRAYS[code])
        items = []
        for _ in range(count):
            item, at = _value(body, at)
            items.append(item)
        return items, at
    if code < 0xC0 or code in _TEXTS:
        count, at = (code & 31, at + 1) if code < 0xC0 else _number(body, at, _TEXTS[code])
        return body[at : at + count].decode(), at + count
    if code in _BYTES:
        count, at = _number(body, at, _BYTES[code])
        return body[at : at + count], at + count
    raise ValueError(f"{code:#x} at byte {at}")


def _number(body: bytes, at: int, size: int) -> tuple[int, int]:
    return int.from_bytes(body[at + 1 : at + 1 + size], "big"), at + 1 + size
