"""Keeps what was measured: one file of JSON for each scenario below target/compare."""

import json
import os
import time

from .programs import TARGET

FOLDER = TARGET / "compare"


def rows_of(summary):
    return [{"cell": list(cell), "pooler": pooler, **row} for (cell, pooler), row in summary.items()]


def keep(scenario, rows, rounds, about):
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{scenario.name}.json"
    file.write_text(json.dumps({
        "scenario": scenario.name, "title": scenario.title, "taken": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "cpus": os.cpu_count(), **about, "keys": list(scenario.keys), "plots": list(scenario.plots), "rows": rows,
        "rounds": [[{"cell": list(cell), "pooler": pooler, **figures} for (cell, pooler), figures in one.items()] for one in rounds],
    }, indent=1))
    return file
