"""Tells the measurements of a scenario: a table, and what the reader has to know to believe it."""

from .poolers import BASE


def table(scenario, rows):
    heads = [*scenario.keys, "pooler", *(column.title for column in scenario.columns)]
    shown = [(row["cell"], [*map(str, row["cell"]), row["pooler"], *(column.text(row) for column in scenario.columns)]) for row in rows]
    used = [i for i, head in enumerate(heads) if any(texts[i] != "-" for _, texts in shown) or i <= len(scenario.keys)]
    widths = {i: max(len(heads[i]), *(len(texts[i]) for _, texts in shown)) for i in used}
    lines = [_line(heads, used, widths, scenario)]
    for number, (cell, texts) in enumerate(shown):
        if number and shown[number - 1][0] != cell and len({row["pooler"] for row in rows}) > 1:
            lines.append("")
        lines.append(_line(texts, used, widths, scenario))
    return "\n".join(lines)


def _line(texts, used, widths, scenario):
    words = len(scenario.keys) + 1
    return "  ".join(f"{texts[i]:{widths[i]}}" if i < words else f"{texts[i]:>{widths[i]}}" for i in used).rstrip()


def remarks(rows):
    """A JVM that still compiled makes a number too high; long pauses are told whether somebody asked or not."""
    lines = []
    late = [f"{_where(row)} {100 * row['compilers'] / row['cpu']:.0f} %" for row in rows if row.get("compilers") and row["compilers"] > 0.05 * row["cpu"]]
    if late:
        lines.append("JVM compilers took more than 5 % in: " + ", ".join(late))
    long = [f"{_where(row)} {row['longest_pause']:.1f} ms" for row in rows if (row.get("longest_pause") or 0) > 5]
    if long:
        lines.append("pauses of the collector above 5 ms: " + ", ".join(long))
    starved = [f"{_where(row)} {row['starved']:.0f}" for row in rows if row.get("starved")]
    if starved:
        lines.append("clients without an answer 5 s after the end: " + ", ".join(starved))
    return "\n".join(lines)


def _where(row):
    return f"{'/'.join(map(str, row['cell']))} {row['pooler']}"


def missed(rows, mark):
    """Cells with 40 clients in which ours costs more than the mark."""
    return [f"MISSED {_where(row)}: {row['ratio']:.2f} x PgBouncer (mark {mark})" for row in rows
            if 40 in row["cell"] and not row["pooler"].startswith(BASE) and (row.get("ratio") or 0) > mark]
