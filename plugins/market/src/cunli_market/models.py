"""The tables, gathered for the manifest."""

from __future__ import annotations

from .order_models import (
    ADDRESS,
    RECEIVER,
    RECEIVER_PHONE,
    Bill,
    Line,
    Mismatch,
    MoneyLine,
    Order,
    Refund,
    Review,
    Step,
)
from .shop_models import SHOP_BANK, SHOP_PHONE, Good, Hold, Lot, Share, Shop, StockLine, Variant
from .sum_models import Balance, GoodSum, ShopSum, Word
from .town_models import AD_PHONE, Ad, Endorsement

__all__ = [
    "ADDRESS",
    "AD_PHONE",
    "RECEIVER",
    "RECEIVER_PHONE",
    "SHOP_BANK",
    "SHOP_PHONE",
    "Ad",
    "Balance",
    "Bill",
    "Endorsement",
    "Good",
    "GoodSum",
    "Hold",
    "Line",
    "Lot",
    "Mismatch",
    "MoneyLine",
    "Order",
    "Refund",
    "Review",
    "Share",
    "Shop",
    "ShopSum",
    "Step",
    "StockLine",
    "Variant",
    "Word",
]
