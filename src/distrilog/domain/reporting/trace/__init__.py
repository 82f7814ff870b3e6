"""The journal: who changed what, when and why."""

from distrilog.domain.reporting.trace.kinds import KIND_NAMES, Kind
from distrilog.domain.reporting.trace.reading import Change, Entry, Page, Wanted, page


__all__ = ["KIND_NAMES", "Change", "Entry", "Kind", "Page", "Wanted", "page"]
