"""What the operator costs: e2e's FleetScaleE2E measures it on a control plane of its own, and here it is told with the rest."""

import json
import os
import shutil
import subprocess

from .failures import Failed, Missing
from .programs import ROOT
from .results import FOLDER

FIGURES = ROOT / "e2e/target/scale/figures.json"
KEPT = FOLDER / "operator.json"
MEBIBYTE = 1 << 20


def measure(pools):
    """Plays it with so many pools; the figures by name."""
    if os.geteuid() != 0:
        raise Missing("the operator's figures need root, as a control plane is brought up")
    FIGURES.unlink(missing_ok=True)
    done = subprocess.run(
        ["mvn", "-B", "-ntp", "verify", "-Pe2e", "-pl", "e2e", "-DskipUnitTests", "-Dit.test=FleetScaleE2E",
         f"-Dscale.pools={pools}", f"-Dscale.secrets={10 * pools}", f"-Dscale.pods={min(pools, 100)}", f"-Dscale.changes={max(8, pools // 10)}"],
        cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0 or not FIGURES.exists():
        raise Failed(f"operator: {done.stdout[-2000:]}")
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copy(FIGURES, KEPT)
    return json.loads(FIGURES.read_text())


def table(figures):
    """A line for each thing that somebody who runs it wants to know."""
    def change(name):
        return f"p50 {figures[name + 'MillisP50']} ms, p99 {figures[name + 'MillisP99']} ms"
    pods = sorted(int(name[len("with"):-len("PodsMillisP50")]) for name in figures if name.endswith("PodsMillisP50"))
    lines = [
        ("live heap", f"{figures['liveHeapBytes'] / MEBIBYTE:.1f} MiB, {figures['liveHeapBytesBesideForeignSecrets'] / MEBIBYTE:.1f} MiB "
                      f"beside {figures['foreignSecrets']} Secrets of others"),
        ("a pass over a pool at rest", f"{figures['cpuMicrosOfAPass']:.0f} us of CPU"),
        (f"API calls at rest, {figures['restSeconds']} s", f"{figures['restReads']} reads, {figures['restWrites']} writes"),
        ("a change, applied and told", change("change")),
        ("each change costs", f"{figures['changeCpuMillis']:.0f} ms of CPU, {figures['changePasses']:.1f} passes, "
                              f"{figures['changeReads']:.1f} reads, {figures['changeWrites']:.1f} writes"),
        ("a changed Secret, applied and told", change("secret")),
        *((f"apply to ConfigApplied, {count} pods", change(f"with{count}Pods")) for count in pods),
        ("restart to all looked at", f"{figures['restartMillis'] / 1000:.1f} s"),
    ]
    width = max(len(head) for head, _ in lines)
    return "\n".join(f"{head:{width}}  {told}" for head, told in lines)
