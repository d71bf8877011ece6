"""Keeps what was measured for readers: the tables of all scenarios on one page, and their plots beside it."""

import json
import shutil
from pathlib import Path

from . import operator, plots, report, results, scenarios

FOLDER = Path(__file__).resolve().parent.parent
PAGE = FOLDER / "RESULTS.md"
IMAGES = FOLDER / "plots"

# What stands above is written by hand: what the figures mean.
BEGIN = "<!-- From here on written by compare --page. -->"


def write():
    """Tables of all that lies there, also of earlier runs; a page without results would be none."""
    files = {name: results.FOLDER / f"{name}.json" for name in scenarios.ALL}
    told = [json.loads(file.read_text()) for file in files.values() if file.exists()]
    if not told:
        return f"no page: nothing was measured, {results.FOLDER} is empty"
    images = _keep_images({one["scenario"] for one in told})
    figures = json.loads(operator.KEPT.read_text()) if operator.KEPT.exists() else None
    PAGE.write_text(joined(PAGE.read_text() if PAGE.exists() else "", told, images, figures))
    return f"{len(told)} scenarios in {PAGE.name}"


def joined(before, told, images, figures=None):
    head = before.split(BEGIN)[0].rstrip()
    parts = [head, BEGIN] if head else [BEGIN]
    parts += [section(one, [image for image in images if image.startswith(one["scenario"] + "-")]) for one in told]
    if figures:
        parts.append("\n".join([f"## operator: {figures['pools']} pools", "", "```", operator.table(figures), "```"]))
    return "\n\n".join(parts) + "\n"


def section(told, images):
    asked = told["options"]
    lines = [f"## {told['scenario']}: {told['title']}", "",
             f"{told['taken'][:16].replace('T', ' ')} UTC; {', '.join(told['versions'])}; {told['cpus']} CPUs;"
             f" {_many(asked['rounds'], 'round')}, {asked['seconds']} s each.", "",
             "```", report.table(scenarios.ALL[told["scenario"]], told["rows"]), "```"]
    said = report.remarks(told["rows"])
    if said:
        lines += ["", *(f"- {line}" for line in said.splitlines())]
    if images:
        lines += ["", " ".join(f"![{Path(image).stem}](plots/{image})" for image in images)]
    return "\n".join(lines)


def _many(count, word):
    return f"{count} {word}{'' if count == 1 else 's'}"


def _keep_images(names):
    """Those that were drawn of these scenarios, instead of all that were kept before."""
    shutil.rmtree(IMAGES, ignore_errors=True)
    drawn = sorted(file for file in plots.FOLDER.glob("*.png") if file.name.split("-")[0] in names)
    if drawn:
        IMAGES.mkdir()
    for file in drawn:
        shutil.copy(file, IMAGES / file.name)
    return [file.name for file in drawn]
