"""Money as people read it. It is kept in whole fen, never in a float."""

from __future__ import annotations


def yuan(fen: int) -> str:
    """Fen as yuan with two digits: 123456 is `1234.56`. Raises `TypeError` for anything but a whole number."""
    if type(fen) is not int:
        raise TypeError(f"money is a whole number of fen, not {fen!r}")
    sign, whole = ("-", -fen) if fen < 0 else ("", fen)
    return f"{sign}{whole // 100}.{whole % 100:02d}"


def fen_of(text: str) -> int | None:
    """The fen in an amount that somebody typed in yuan, such as `12`, `12.5`, `¥12.50` or `１２．５０`; None for what is none."""
    plain = text.strip().translate(_WIDE).lstrip("¥￥").removesuffix("元").replace(",", "").strip()
    whole, dot, part = plain.partition(".")
    if not whole.isascii() or not whole.isdigit() or len(whole) > 12:
        return None
    if dot and not (part.isascii() and part.isdigit() and len(part) <= 2):
        return None
    return int(whole) * 100 + int((part + "00")[:2])


_WIDE = {ord(wide): narrow for wide, narrow in zip("０１２３４５６７８９．，", "0123456789.,", strict=True)}
