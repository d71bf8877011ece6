"""Finds the programs of a comparison, and gets what is missing: nothing is installed, all lies below target/."""

import os
import platform
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

from .failures import Missing

BENCH = Path(__file__).resolve().parent.parent
ROOT = BENCH.parent.parent
TARGET = BENCH / "target"

# The first Debian release whose PgBouncer keeps prepared statements in transaction mode (1.21; bookworm has 1.18).
SUITE = "trixie"
OLDEST_PGBOUNCER = (1, 21)

# Programs of another release run with that release's C library, so these come along.
PGBOUNCER_PACKAGES = """pgbouncer libc6 libcares2 libevent-2.1-7t64 libpam0g libssl3t64 libsystemd0 libaudit1 libcap2
    libcap-ng0 liblzma5 libzstd1 liblz4-1 libgcrypt20 libgpg-error0 zlib1g""".split()
PGBENCH_PACKAGES = """postgresql-17 libpq5 libc6 libssl3t64 libgssapi-krb5-2 libkrb5-3 libk5crypto3 libkrb5support0
    libkeyutils1 libcom-err2 libldap2 libsasl2-2 libzstd1 liblz4-1 zlib1g""".split()


def pgbouncer(given):
    """The command line that begins PgBouncer: the one given, the system's if it is new enough, else Debian's."""
    for candidate in [given] if given else [shutil.which("pgbouncer"), "/usr/sbin/pgbouncer"]:
        if candidate and os.access(candidate, os.X_OK) and (given or _version([candidate]) >= OLDEST_PGBOUNCER):
            return [candidate]
    if given:
        raise Missing(f"no program at {given}")
    return _from_debian(PGBOUNCER_PACKAGES, "usr/sbin/pgbouncer")


def _version(command):
    told = subprocess.run([*command, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def version_text(command):
    told = subprocess.run([*command, "--version"], capture_output=True, text=True).stdout
    return told.splitlines()[0] if told else "unknown"


def pgbench():
    """The command line that begins pgbench; Debian's wrapper script is passed by."""
    for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True):
        return [str(path)]
    found = shutil.which("pgbench")
    return [found] if found else _from_debian(PGBENCH_PACKAGES, "usr/lib/postgresql/17/bin/pgbench")


def _from_debian(packages, program):
    """Unpacks packages of SUITE and returns the command line that runs a program of them."""
    unpacked = TARGET / "debian" / packages[0]
    loader = unpacked / "ld.so"
    if not loader.exists():
        if not shutil.which("apt-get"):
            raise Missing(f"{Path(program).name} is not here, and without apt-get it cannot be fetched")
        _unpack(packages, unpacked)
        found = [*unpacked.glob("usr/lib*/ld-linux-*.so.*"), *unpacked.glob("usr/lib/*/ld-linux-*.so.*")]
        loader.symlink_to(found[0].resolve())
    folders = [str(folder) for folder in unpacked.glob("usr/lib/*-linux-gnu")]
    return [str(loader), "--library-path", ":".join(folders), str(unpacked / program)]


def _unpack(packages, into):
    print(f"fetching {packages[0]} and its libraries from Debian {SUITE}", flush=True)
    apt = TARGET / "apt"
    options = _apt_options(apt)
    if not list((apt / "lists").glob("*Packages*")):
        run(["apt-get", *options, "-q", "update"], apt)
    downloads = apt / "downloads"
    downloads.mkdir(exist_ok=True)
    run(["apt-get", *options, "-q", "download", *packages], downloads)
    into.mkdir(parents=True, exist_ok=True)
    for package in packages:
        deb = next(downloads.glob(f"{package}_*.deb"))
        run(["dpkg-deb", "-x", str(deb), str(into)], into)


def _apt_options(apt):
    """An apt of our own, beside the system's, which reads nothing of it but its mirror and keys."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(CREATED_BY) $(COMPONENT) $(ORIGIN) $(LABEL) $(SITE)"],
        capture_output=True, text=True).stdout
    sites = [line.split()[-1] for line in told.splitlines() if line.startswith("Packages main Debian Debian ")]
    if not sites:
        raise Missing("apt knows no Debian mirror; give --pgbouncer PATH, and install pgbench")
    keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (apt / "sources.list").write_text(f"deb [signed-by={keys}] {sites[0]} {SUITE} main\n")
    settings = {
        "Dir::State::Lists": apt / "lists", "Dir::State::status": "/dev/null", "Dir::Cache": apt / "cache",
        "Dir::Etc::SourceList": apt / "sources.list", "Dir::Etc::SourceParts": "/dev/null",
        "Acquire::Languages": "none", "APT::Sandbox::User": "root", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    }
    return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]


def postgres():
    """The folder of the embedded PostgreSQL that the tests use too."""
    version = re.search(r"<embedded-postgres-binaries.version>([^<]+)<", (ROOT / "pom.xml").read_text())[1]
    machine = {"x86_64": "amd64", "aarch64": "arm64v8"}[platform.machine()]
    folder = TARGET / "postgres" / version
    if not (folder / "bin/postgres").exists():
        artifact = f"embedded-postgres-binaries-linux-{machine}"
        print(f"unpacking PostgreSQL {version}", flush=True)
        run(["mvn", "-q", "-B", "-N", "dependency:copy", f"-Dartifact=io.zonky.test.postgres:{artifact}:{version}",
              f"-DoutputDirectory={TARGET}"], ROOT)
        _unpack_jar(TARGET / f"{artifact}-{version}.jar", folder)
    return folder


def _unpack_jar(jar, folder):
    with zipfile.ZipFile(jar) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".txz"))
        with archive.open(inner) as packed, tarfile.open(fileobj=packed, mode="r:xz") as files:
            files.extractall(folder)


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise Missing(f"{command[0]} failed: {done.stderr.strip()[-1000:]}")
