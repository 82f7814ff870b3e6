"""`python -m bench [NAME…] [--json FILE] [--markdown FILE]`: measure, print, write."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path


def main() -> int:
    """Run the benches asked for (all of them by default); always 0 once they ran."""
    import django

    django.setup()
    from bench import (
        cover,
        declarations,
        ledger,
        orders,
        plans,
        reads,
        replay,
        reporting_hour,
        resupply,
        runs,
        world,
    )
    from bench.measures import Measure, machine
    from distrilog.kernel import clock

    benches: dict[str, Callable[[], dict[str, Measure]]] = {
        "quota_growth": runs.quota_growth,
        "quota_run": runs.quota_run,
        "ledger_post": ledger.ledger_post,
        "books_proof": ledger.books_proof,
        "country_wave": ledger.country_wave,
        "plan_run": plans.plan_run,
        "plan_adjust": plans.plan_adjust,
        "reads": reads.reads,
        "cover_reads": cover.cover_reads,
        "cover_rebuild": cover.cover_rebuild,
        "import_declarations": declarations.import_declarations,
        "declarations_hour": reporting_hour.declarations_hour,
        "resupply_matching": resupply.resupply_matching,
        "replay": replay.replay,
        "replay_growth": replay.replay_growth,
        "quota_race": orders.quota_race,
        "orders_http": orders.orders_http,
        "orders_paced": orders.orders_paced,
    }
    parser = argparse.ArgumentParser(prog="distrilog bench")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(benches))
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--markdown", type=Path, help="write the table to this file")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - set(benches))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; known: {', '.join(benches)}")
    # These make their own country.
    alone = {"quota_growth", "resupply_matching", "replay", "replay_growth"}
    if not options.names or set(options.names) - alone:
        world.prepare()
    found: dict[str, Measure] = {}
    for name in options.names or benches:
        print(f"— {name}", file=sys.stderr, flush=True)
        found |= benches[name]()
    table = _table(found, head=f"{machine()}, {clock.now():%Y-%m-%d}")
    print(table)
    if options.json:
        figures = {name: measure.as_dict() for name, measure in found.items()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    if options.markdown:
        options.markdown.write_text(f"{_HEAD}\n{table}\n")
    return 0


_HEAD = """# Benchmarks

Written by `./distrilog bench --markdown docs/benchmarks.md`. Ratios are taken in one run, against something measured in the same
minutes on the same machine; application, load client and database share its cores. Absolute figures move with the machine: read the ratios.
"""


def _table(found: dict, *, head: str) -> str:
    lines = [
        head,
        "",
        "| what | value | ratio | against | budget | holds | note |",
        "|---|---:|---:|---|---:|---|---|",
    ]
    for name, measure in found.items():
        ratio = "" if measure.ratio is None else f"{measure.ratio:.2f}"
        side = "≥" if measure.at_least else "≤"
        budget = "" if measure.budget is None else f"{side} {measure.budget:g}"
        lines.append(
            f"| {name} | {measure.value:.4g} {measure.unit} | {ratio} | {measure.against} "
            f"| {budget} | {'yes' if measure.holds else 'NO'} | {measure.note} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
