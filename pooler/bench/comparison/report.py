"""Tells the measurements: medians over the rounds, and ratios within a round, where the machine was the same for all."""

from statistics import median

BASE = "pgbouncer"


def summary(rounds):
    """From [{(protocol, clients, pooler): figures}] to one row per cell and pooler."""
    rows = []
    for protocol, clients, pooler in rounds[0]:
        key = (protocol, clients, pooler)
        cells = [one[key] for one in rounds if key in one]
        ratios = [one[key]["cpu"] / one[(protocol, clients, BASE)]["cpu"] for one in rounds if key in one]
        sums = [_sum(one[key]) / _sum(one[(protocol, clients, BASE)]) for one in rounds if key in one]
        rows.append({
            "protocol": protocol, "clients": clients, "pooler": pooler,
            **{name: median(cell[name] for cell in cells) for name in cells[0]},
            "cpu_low": min(cell["cpu"] for cell in cells), "cpu_high": max(cell["cpu"] for cell in cells),
            "ratio": median(ratios), "ratio_low": min(ratios), "ratio_high": max(ratios), "sum_ratio": median(sums),
        })
    return rows


def _sum(cell):
    return cell["cpu"] + cell["postgres"]


def table(rows):
    width = max(len(row["pooler"]) for row in rows)
    lines = [
        f"{'protocol':9} {'clients':>7} {'pooler':{width}}  {'us/tx':>6} {'user':>5} {'system':>6} {'spread':>11}"
        f"  {'ratio':>5} {'spread':>11}  {'tps':>6} {'p50 ms':>7} {'p99 ms':>7}  {'pg us/tx':>8} {'sum ratio':>9}",
    ]
    before = None
    for row in rows:
        if before not in (None, (row["protocol"], row["clients"])):
            lines.append("")
        before = (row["protocol"], row["clients"])
        lines.append(
            f"{row['protocol']:9} {row['clients']:7} {row['pooler']:{width}}  {row['cpu']:6.1f} {row['user']:5.1f} "
            f"{row['system']:6.1f} {row['cpu_low']:5.1f}-{row['cpu_high']:5.1f}  {row['ratio']:5.2f} "
            f"{row['ratio_low']:5.2f}-{row['ratio_high']:5.2f}  {row['tps']:6.0f} {row['p50']:7.3f} {row['p99']:7.3f}  "
            f"{row['postgres']:8.1f} {row['sum_ratio']:9.2f}")
    return "\n".join(lines)


def memory(at_start, rows):
    lines = [f"{'RSS MiB':20} {'at start':>8} {'after the load':>14}"]
    for name, start in at_start.items():
        lines.append(f"{name:20} {start:8.0f} {max(row['rss'] for row in rows if row['pooler'] == name):14.0f}")
    return "\n".join(lines)


def compiling(rows):
    """JVM compilers that still ran make a number too high: it says so."""
    late = [f"{row['protocol']}/{row['clients']} {row['pooler']} {row['compilers']:.1f} us" for row in rows if row["compilers"] > 0.05 * row["cpu"]]
    return "JVM compilers took more than 5 % in: " + ", ".join(late) if late else ""


def verdict(rows, mark):
    lines = []
    for row in rows:
        if row["clients"] == 40 and row["pooler"] != BASE:
            word = "holds" if row["ratio"] <= mark else "MISSED"
            lines.append(f"{word:6} {row['pooler']}, {row['protocol']}, 40 clients: {row['ratio']:.2f} x PgBouncer (mark {mark})")
    return "\n".join(lines)
