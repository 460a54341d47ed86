"""A Slurm of one node, for tests: real daemons on ports of their own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CONFIG = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
KillWait=5
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=2,bf_interval=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=low Nodes={host} Default=YES MaxTime=INFINITE PriorityTier=1 GraceTime=15 State=UP
PartitionName=high Nodes={host} MaxTime=INFINITE PriorityTier=10 PreemptMode=OFF State=UP
"""


def why_no_slurm() -> str | None:
    """Return why Slurm's daemons cannot be started here, if they cannot."""
    missing = [name for name in ("slurmctld", "slurmd", "munged") if shutil.which(name) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (Debian: slurmctld slurmd munge)"
    return None if os.geteuid() == 0 else "Slurm's daemons are started by root"


@contextmanager
def slurm(folder: Path) -> Iterator[Path]:
    """Start a cluster with as many cores as this machine; give the path of its configuration."""
    for part in ("state", "spool"):
        (folder / part).mkdir(parents=True)
    host = socket.gethostname().partition(".")[0]
    config = folder / "slurm.conf"
    config.write_text(_CONFIG.format(folder=folder, host=host, cpus=os.cpu_count()))
    munge = Path("/run/munge")
    munge.mkdir(mode=0o755, exist_ok=True)
    shutil.chown(munge, "munge", "munge")
    os.environ["SLURM_CONF"] = str(config)
    daemons = []
    try:
        has_munge = (
            subprocess.run(["munge", "-n"], capture_output=True, check=False).returncode == 0
        )
        if not has_munge:
            daemons.append(subprocess.Popen(["munged", "-F"], user="munge", group="munge"))
            _wait(["munge", "-n"], "munge")
        for daemon in ("slurmctld", "slurmd"):
            daemons.append(subprocess.Popen([daemon, "-D", "-f", str(config)]))
        _wait_until_idle(host)
        yield config
    finally:
        subprocess.run(["scancel", "--user", "root"], capture_output=True, check=False)
        for process in reversed(daemons):
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        del os.environ["SLURM_CONF"]


def _wait(command: list[str], what: str) -> None:
    deadline = time.monotonic() + 20
    while subprocess.run(command, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, f"{what} does not start"
        time.sleep(0.2)


def _wait_until_idle(host: str) -> None:
    deadline = time.monotonic() + 30
    while True:
        answer = subprocess.run(
            ["sinfo", "--noheader", "--format=%t", "--nodes", host],
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.stdout.split()[:1] == ["idle"]:
            return
        assert time.monotonic() < deadline, f"the node is not ready: {answer.stdout}"
        time.sleep(0.3)
