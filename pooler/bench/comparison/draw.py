"""Draws each plot of each scenario as PNG: draw.py RESULTS PLOTS. Runs in an environment that has matplotlib."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def panels(told, plot):
    """Rows by the values of all keys but the one along x; what has no such figure is left out."""
    along = told["keys"].index(plot["x"])
    found = {}
    for row in told["rows"]:
        if row.get(plot["y"]) is not None:
            rest = " ".join(str(value) for number, value in enumerate(row["cell"]) if number != along)
            found.setdefault(rest, []).append((row["cell"][along], row))
    return found


def lines(axes, points, plot, colors):
    """Numbers along x at their place, in a logarithm if they grow so; words one after the other."""
    numbers = all(isinstance(x, (int, float)) for x, _ in points)
    words = list(dict.fromkeys(x for x, _ in points))
    for pooler in dict.fromkeys(row["pooler"] for _, row in points):
        own = [(x if numbers else words.index(x), row) for x, row in points if row["pooler"] == pooler]
        values = [row[plot["y"]] for _, row in own]
        errors = [[abs(row[plot["y"]] - row.get(f"{plot['y']}_{end}", row[plot["y"]])) for _, row in own] for end in ("low", "high")]
        axes.errorbar([x for x, _ in own], values, yerr=errors, marker="o", capsize=3, label=pooler, color=colors[pooler])
    if numbers and max(words) > 20 * max(min(words), 1):
        axes.set_xscale("symlog", linthresh=1)
        axes.set_xticks(words, [f"{word:,}" for word in words])
    elif not numbers:
        axes.set_xticks(range(len(words)), words)
    axes.set_xlabel(plot["x"])


def bars(axes, points, plot, colors):
    words = list(dict.fromkeys(x for x, _ in points))
    poolers = list(dict.fromkeys(row["pooler"] for _, row in points))
    width = 0.8 / len(poolers)
    for number, pooler in enumerate(poolers):
        own = [(words.index(x), row[plot["y"]]) for x, row in points if row["pooler"] == pooler]
        places = [x + (number - (len(poolers) - 1) / 2) * width for x, _ in own]
        shown = axes.bar(places, [y for _, y in own], width * 0.95, label=pooler, color=colors[pooler])
        axes.bar_label(shown, fmt="%.3g", fontsize=7)
    axes.set_xticks(range(len(words)), [str(word) for word in words])
    axes.set_xlabel(plot["x"])


def draw(told, plot, file):
    """Side by side what shares a scale."""
    found = panels(told, plot)
    if plot["kind"] == "lines":
        found = {rest: points for rest, points in found.items() if len({x for x, _ in points}) > 1}
    if not found:
        return False
    poolers = list(dict.fromkeys(row["pooler"] for row in told["rows"]))
    colors = {pooler: f"C{number}" for number, pooler in enumerate(poolers)}
    columns = min(len(found), 3)
    deep = -(-len(found) // columns)
    figure, grid = plt.subplots(deep, columns, figsize=(5.2 * columns, 3.8 * deep), sharey=True, squeeze=False, layout="constrained")
    for axes, (rest, points) in zip(grid.flat, found.items()):
        (lines if plot["kind"] == "lines" else bars)(axes, points, plot, colors)
        axes.set_title(rest or told["scenario"], fontsize=10)
        axes.grid(axis="y", alpha=0.3)
        axes.set_yscale("log") if plot.get("log") else axes.set_ylim(bottom=0)
    for axes in grid.flat[len(found):]:
        axes.remove()
    grid[0][0].set_ylabel(plot["label"])
    grid[0][0].legend(fontsize=8)
    figure.suptitle(f"{told['title']}\n{', '.join(told['versions'])}; {told['cpus']} CPUs; {told['taken'][:10]}", fontsize=9)
    figure.savefig(file, dpi=110)
    plt.close(figure)
    return True


def main():
    results, plots = (Path(word) for word in sys.argv[1:])
    plots.mkdir(parents=True, exist_ok=True)
    for file in sorted(results.glob("*.json")):
        told = json.loads(file.read_text())
        for plot in told.get("plots", ()):  # what the operator costs has none
            image = plots / f"{told['scenario']}-{plot['y']}.png"
            if not draw(told, plot, image):
                image.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
