"""Percentiles, and what many rounds say together."""

from math import ceil
from statistics import median


def percentile(ordered, share):
    """The smallest of ordered values that at least this share of them does not pass."""
    return ordered[max(ceil(share * len(ordered)) - 1, 0)]


def latencies(millis):
    """None where there is too little to tell: five have to lie beyond a percentile."""
    ordered = sorted(millis)
    told = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
    return {name: percentile(ordered, share) if len(ordered) * (1 - share) >= 5 or name == "p50" else None
            for name, share in told.items()} if ordered else {name: None for name in told}


def summary(rounds, base, ratios):
    """From [{(cell, pooler): figures}] to {(cell, pooler): row}.

    Figures become their medians. A ratio {name: figure} is taken to the base inside each round, where the machine was the
    same for all; name_low and name_high are its extremes, as figure_low and figure_high are those of the figure.
    """
    keys = list(dict.fromkeys(key for one in rounds for key in one))
    return {key: _row([(one[key], one.get((key[0], base))) for one in rounds if key in one], ratios) for key in keys}


def _row(pairs, ratios):
    names = list(dict.fromkeys(name for figures, _ in pairs for name in figures))
    row = {name: _median(figures.get(name) for figures, _ in pairs) for name in names}
    for ratio, figure in ratios.items():
        values = [figures[figure] for figures, _ in pairs if figures.get(figure) is not None]
        shares = [figures[figure] / base[figure] for figures, base in pairs
                  if figures.get(figure) is not None and base and base.get(figure)]
        row |= _spread(figure, values) | _spread(ratio, shares) | {ratio: _median(shares)}
    return row


def _median(values):
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _spread(name, values):
    return {f"{name}_low": min(values, default=None), f"{name}_high": max(values, default=None)}
