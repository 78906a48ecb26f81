"""Workbooks, CSV and JSON in and out.

    source = exchange.read("risks.xlsx")
    mapping = exchange.propose(source, "ja")         # to_toml() and from_toml() let a person correct it
    plan = exchange.plan(source, mapping, register)  # what would happen; nothing has happened yet
    exchange.apply(plan, register)                   # one act, all or nothing
    data = exchange.export(register, "xlsx", "ja")   # readable by anyone: the user's explicit wish

Reading never writes a file; an export is composed in memory.
"""

from .apply import apply
from .checklist import AnswerPlan, apply_answers, plan_answers, plan_filling, standing_answers
from .checklist import Known as KnownItems
from .checklist import find as find_items
from .errors import ExchangeError, NoRows
from .mapping import Mapping
from .plan import Plan, plan
from .propose import propose
from .read import Source, read
from .refill import refill
from .report import Report, render, report
from .write import Format, export, template

__all__ = [
    "AnswerPlan",
    "ExchangeError",
    "Format",
    "KnownItems",
    "Mapping",
    "NoRows",
    "Plan",
    "Report",
    "Source",
    "apply",
    "apply_answers",
    "export",
    "find_items",
    "plan",
    "plan_answers",
    "plan_filling",
    "propose",
    "read",
    "refill",
    "render",
    "report",
    "standing_answers",
    "template",
]
