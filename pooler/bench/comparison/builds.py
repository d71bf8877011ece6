"""What is built on demand: our pooler with its AOT cache, as in the image, and the load program."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from .failures import Missing
from .programs import BENCH, ROOT, TARGET, run


def pooler(given):
    """The pooler's script: the one given, or that of this tree, which is built if it is missing."""
    script = Path(given) if given else ROOT / "pooler/target/dist/bin/pooler"
    if not script.exists() and not given:
        print("building pooler/target/dist", flush=True)
        run(["mvn", "-q", "-B", "-pl", "pooler", "-am", "package", "-DskipTests"], ROOT)
    if not script.exists():
        raise Missing(f"no pooler at {script}")
    return str(script.resolve())


KEPT = 4
"""Rehearsed builds that stay, as one run may compare several."""


def rehearsed(script):
    """A copy of that build with the AOT cache that Dockerfile.pooler makes; one that has a cache stays as it is."""
    dist = Path(script).parent.parent
    if (dist / "lib/pooler.aot").exists():
        return script
    copy = TARGET / "aot" / _state(dist)
    if not (copy / "lib/pooler.aot").exists():
        print("rehearsing: making the AOT cache that the image has", flush=True)
        older = sorted((TARGET / "aot").glob("*"), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for folder in older[KEPT:]:
            shutil.rmtree(folder)
        shutil.copytree(dist, copy)
        cache = copy / "lib/pooler.aot"
        done = subprocess.run(
            [str(copy / "bin/pooler"), "--rehearse"], capture_output=True, text=True,
            env={**os.environ, "POOLER_JAVA_OPTS": f"-XX:AOTCacheOutput={cache}"})
        if done.returncode != 0 or not cache.exists():
            shutil.rmtree(copy)
            raise Missing(f"no AOT cache: {(done.stdout + done.stderr)[-1000:]}")
    return str(copy / "bin/pooler")


def _state(dist):
    """Changes with the files of a build: a JVM would take a cache of other classes without a word."""
    digest = hashlib.sha256()
    for file in sorted(dist.rglob("*")):
        if file.is_file():
            digest.update(f"{file.relative_to(dist)} {file.stat().st_size} {file.stat().st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def load():
    """The load program, compiled if its sources are newer, or None without Go."""
    sources = BENCH / "load"
    program = TARGET / "load"
    newest = max(file.stat().st_mtime for file in sources.iterdir())
    if program.exists() and program.stat().st_mtime >= newest:
        return str(program)
    go = shutil.which("go") or shutil.which("/usr/local/go/bin/go")
    if not go:
        return None
    print("compiling the load program", flush=True)
    done = subprocess.run([go, "build", "-trimpath", "-o", str(program), "."], cwd=sources, capture_output=True, text=True,
                          env={**os.environ, "CGO_ENABLED": "0"})
    if done.returncode != 0:
        raise Missing(f"go build: {done.stderr.strip()[-1000:]}")
    program.touch()
    return str(program)
