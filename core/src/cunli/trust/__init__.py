"""Permission, audit, personal data, rate limits and reports: what lets people trust the place."""

from cunli.trust.audit import audit

__all__ = ["audit"]
