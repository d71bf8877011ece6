"""Draws what was measured, by matplotlib in a virtual environment of our own."""

import os
import subprocess
import sys
from pathlib import Path

from . import results
from .programs import TARGET

FOLDER = TARGET / "plots"
WANTED = Path(__file__).with_name("plots.txt")


def draw():
    """One line if there are plots, and one if there cannot be any."""
    python, problem = _python()
    if python:
        done = subprocess.run([python, str(Path(__file__).with_name("draw.py")), str(results.FOLDER), str(FOLDER)],
                              capture_output=True, text=True)
        problem = done.stderr.strip()[-500:] if done.returncode != 0 else ""
    print(f"no plots: {problem}" if problem else f"plots in {os.path.relpath(FOLDER)}", flush=True)


def _python():
    """The interpreter that has matplotlib, or why there is none."""
    home = TARGET / "venv"
    python = home / "bin/python"
    made = home / "made"
    if made.exists() and made.read_text() == WANTED.read_text():
        return str(python), ""
    print("fetching matplotlib", flush=True)
    for command in ([sys.executable, "-m", "venv", "--clear", str(home)],
                    [str(python), "-m", "pip", "install", "-q", "--only-binary", ":all:", "-r", str(WANTED)]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            last = (done.stdout + done.stderr).strip().splitlines()
            return None, f"matplotlib cannot be had: {last[-1] if last else command}"
    made.write_text(WANTED.read_text())
    return str(python), ""
