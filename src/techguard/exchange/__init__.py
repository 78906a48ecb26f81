"""Workbooks, CSV and JSON in and out.

    source = exchange.read("risks.xlsx")
    mapping = exchange.propose(source, "ja")         # to_toml() and from_toml() let a person correct it
    plan = exchange.plan(source, mapping, register)  # what would happen; nothing has happened yet
    exchange.apply(plan, register)                   # one act, all or nothing

Reading never writes a file; an export is composed in memory.
"""

from .apply import apply
from .errors import ExchangeError
from .mapping import Mapping
from .plan import Plan, plan
from .propose import propose
from .read import Source, read
from .report import Report, render, report

__all__ = [
    "ExchangeError",
    "Mapping",
    "Plan",
    "Report",
    "Source",
    "apply",
    "plan",
    "propose",
    "read",
    "render",
    "report",
]
