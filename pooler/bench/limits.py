#!/usr/bin/env python3
"""Compares bytes of heap per operation, as JMH told them, with the limits that are kept: limits.py MICRO.json LIMITS."""

import json
import sys
from pathlib import Path

# A benchmark that allocates nothing is told some thousandths, and one that warms a cache in its first calls some more.
SLACK = 1.0


def limits_in(text):
    """{benchmark: bytes}; # begins a comment."""
    lines = [line.split("#")[0].split() for line in text.splitlines()]
    return {name: float(limit) for name, limit in (line for line in lines if line)}


def told_in(results):
    """{Class.method or Class.method:parameter: bytes}."""
    return {name_of(one): one["secondaryMetrics"]["gc.alloc.rate.norm"]["score"] for one in results}


def name_of(one):
    name = ".".join(one["benchmark"].split(".")[-2:])
    return ":".join([name, *one.get("params", {}).values()])


def faults(told, limits, unit=" bytes per operation", slack=SLACK):
    """What is above its limit, has none, or was not measured."""
    return ([f"{name}: {told[name]:.1f}{unit}, at most {limits[name]:g} are allowed"
             for name in sorted(told) if name in limits and told[name] > limits[name] + slack]
            + [f"{name}: {told[name]:.1f}{unit}, no limit is kept" for name in sorted(set(told) - set(limits))]
            + [f"{name}: has a limit and was not measured" for name in sorted(set(limits) - set(told))])


def main():
    told, limits = told_in(json.loads(Path(sys.argv[1]).read_text())), limits_in(Path(sys.argv[2]).read_text())
    for name, allocated in sorted(told.items()):
        print(f"{name:40} {allocated:10.1f} B/op  {'limit ' + format(limits[name], '.0f') if name in limits else ''}")
    found = faults(told, limits)
    print("\n".join(found) if found else f"all {len(told)} within their limits")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
