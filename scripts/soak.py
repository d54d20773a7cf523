#!/usr/bin/env python3
"""Soak test: a real server under load and faults for an hour, with an oracle, samples every second, and a picture.

    scripts/soak.py                             # an hour; as root, since faults of the disk need a mounted image
    scripts/soak.py --minutes 3 --every 15      # a short form
    scripts/soak.py --plant lost-key            # must fail: a key is deleted behind the oracle's back

The server has maxmemory 256mb and about four times as much data, of all types, with expiry, MULTI, scripts, blocked clients,
publish and subscribe, and clients that read slowly or not at all. Every couple of minutes something happens: kill -9, SIGTERM,
a full disk (and a kill on it), a file system that becomes read-only, CONFIG SET, all connections cut. appendfsync is always in
some lives and everysec in others; every acknowledged write must be there afterwards. Two calm stretches, in the second and in
the last quarter, in which the process is left alive, show whether memory or handles grow.

Needs a Release build of Hedge and python3-redis. Results: artifacts/figures/soak.json (of ten minutes on soak.long.json) and soak.svg; exit code 1 when a verdict
is bad. Without the right to mount, the faults of the disk are left out, and the result says so.
"""
import argparse
import collections
import json
import multiprocessing
import os
import queue
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

import soak_plot
from soak_load import Wire, Writer
from soak_others import Others, measure

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MIB = 1 << 20
SETTINGS = [("compaction-policy", ("tiered", "leveled", "lazy", "auto")), ("compression", ("none", "lz4")),
            ("compression-upper", ("none", "lz4")), ("value-log-threshold", ("0", "1024", "4096")),
            ("appendfsync", ("always", "everysec")), ("maxclients", ("500", "10000"))]
LONG_MINUTES = 10  # Shorter runs are forms of CI, and are not judged by growth.
GIVEN_UP = ("log buffers of a killed process", "records of a killed process", ".stage has records", "the stage file has records")


class Disk:
    """A file system of its own, in a file, so that it can be full or fail without harm to others."""

    def __init__(self, folder, megabytes):
        self.folder, self.image, self.path = folder, f"{folder}/image", f"{folder}/disk"
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(self.path)
        self.is_own = os.geteuid() == 0
        if self.is_own:
            with open(self.image, "wb") as f:
                f.truncate(megabytes * MIB)
            self.is_own = self.run("mkfs.ext4", "-q", "-m", "0", self.image) and self.mount()
        self.data = f"{self.path}/data"

    @staticmethod
    def run(*words):
        return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def mount(self):
        return self.run("mount", "-o", "loop", self.image, self.path)

    def unmount(self):
        return not self.is_own or self.run("umount", self.path)

    def fill(self):
        with open(f"{self.path}/filler", "ab", buffering=0) as f:
            size = 64 * MIB
            while size >= 512:
                try:
                    os.posix_fallocate(f.fileno(), f.seek(0, 2), size)
                except OSError:
                    size //= 2

    def empty(self):
        if os.path.exists(f"{self.path}/filler"):
            os.unlink(f"{self.path}/filler")

    def fail(self):
        """As ext4 does after an error of the device: everything written from now on is refused."""
        self.run("mount", "-o", "remount,abort", self.path)

    def repair(self):
        return self.unmount() and subprocess.run(["e2fsck", "-p", self.image], stdout=subprocess.DEVNULL).returncode < 4 \
            and self.mount()


class Server:
    def __init__(self, args, disk, tell):
        self.args, self.disk, self.tell = args, disk, tell
        self.process, self.fsync = None, "everysec"
        self.log = open(f"{disk.folder}/server.log", "ab", buffering=0)
        self.starts, self.given_up, self.may_give_up = [], 0, False

    def start(self, *more):
        command = [*self.args.server.split(), "--port", str(self.args.port), "--bind", "127.0.0.1", "--dir", self.disk.data,
                   "--maxmemory", self.args.maxmemory, "--cores", str(self.args.cores), "--appendfsync", self.fsync, *more]
        begin, mark = time.monotonic(), self.log.tell()
        # Variables that start so would be settings.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HEDGE_")}
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=environment)
        while True:
            try:
                if self.ask(b"PING") == b"+PONG":
                    break
            except OSError:
                time.sleep(0.02)
            if self.process.poll() is not None:
                with open(self.log.name, "rb") as f:
                    f.seek(mark)
                    said = f.read().decode(errors="replace")
                if self.may_give_up and any(one in said for one in GIVEN_UP) and not more:
                    # The kernel has lost what was in the mapped buffers; what was synced is in the log.
                    self.given_up += 1
                    return self.start("--log-load-truncated", "yes")
                self.tell("the server does not start", said=said[-600:])
                raise SystemExit(1)
        self.starts.append(time.monotonic() - begin)
        self.may_give_up = False

    def ask(self, *words):
        wire = Wire(self.args.port)
        try:
            return wire.ask(*words)
        finally:
            wire.close()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(120)
        except subprocess.TimeoutExpired:
            code = "none in 120 s"
            self.kill()
        if code != 0:
            self.tell("SIGTERM", code=code)


class Shared:
    """What the processes of this test tell each other."""

    def __init__(self, writers):
        self.stop, self.epoch, self.full, self.failing = (multiprocessing.Value("i", 0, lock=False) for _ in range(4))
        self.loaded = multiprocessing.Array("i", writers, lock=False)
        self.pause = multiprocessing.Value("d", 0.01, lock=False)


class Soak:
    def __init__(self, args):
        self.args = args
        self.random = random.Random(args.seed)
        self.report, self.shared = multiprocessing.Queue(), Shared(args.writers)
        self.samples, self.faults, self.violations = {}, [], []
        self.counts = collections.defaultdict(dict)
        self.begin = time.time()
        self.disk = Disk(args.folder, args.disk)
        self.server = Server(args, self.disk, self.tell)
        self.sampling = True
        self.back = []
        self.commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=10", "HEAD"],
                                     capture_output=True, text=True).stdout.strip()

    def tell(self, what, **details):
        self.violations.append({"at": round(time.time() - self.begin), "who": "soak", "what": what, **details})
        print(f"VIOLATION {self.violations[-1]}", flush=True)

    def run(self):
        self.server.start()
        seed, port = self.args.seed, self.args.port
        jobs = [lambda i=i: Writer(i, self.args.keys, seed, port, self.shared, self.report).run()
                for i in range(self.args.writers)]
        jobs += [lambda: Others(port, self.shared, self.report, seed).run(),
                 lambda: measure(port, self.shared, self.report, self.args.keys)]
        processes = [multiprocessing.get_context("fork").Process(target=job) for job in jobs]
        for process in processes:
            process.start()
        helpers = [threading.Thread(target=job, daemon=True) for job in (self.sample, self.listen)]
        for helper in helpers:
            helper.start()
        try:
            while not all(self.shared.loaded):
                time.sleep(0.2)
            print(f"loaded after {time.time() - self.begin:.0f} s", flush=True)
            self.shared.pause.value = self.args.pause
            self.go()
        finally:
            self.shared.stop.value = 1 if self.server.process.poll() is None else 2
            for process in processes[:-1]:
                process.join(600)
                if process.is_alive():
                    self.tell("a client does not end")
                    process.terminate()
            self.shared.stop.value = 2
            processes[-1].join(60)
            time.sleep(1)
            self.sampling = False
            if self.server.process.poll() is None:
                self.server.stop()
        return self.finish()

    def close(self):
        if self.server.process and self.server.process.poll() is None:
            self.server.kill()
        if os.path.ismount(self.disk.path) and not self.disk.unmount():
            self.disk.run("umount", "-l", self.disk.path)

    def go(self):
        """Faults until the time is over. In the calm stretches only connections are cut; before each, and at the end after a
        last kill, everything is compared."""
        length = self.args.minutes * 60
        kinds, calm, compared = [], (0.25, 0.4, 0.75, 0.9), 0
        while time.time() < self.begin + length:
            part = (time.time() - self.begin) / length
            is_calm = calm[0] <= part < calm[1] or calm[2] <= part < calm[3]
            if is_calm and compared < (1 if part < 0.5 else 2):
                compared += 1
                self.config(("maxmemory", self.args.maxmemory))
                self.shared.full.value += 1
            if not kinds:
                kinds = list(self.kinds())
                self.random.shuffle(kinds)
            kind = "cut" if is_calm else kinds.pop()
            at = time.time() - self.begin
            self.faults.append((at, kind))
            print(f"{at:.0f} s: {kind}; {self.summary()}", flush=True)
            getattr(self, "do_" + kind.replace(",", "").replace(" ", "_").replace("-", "_"))()
            rest = self.args.every * self.random.uniform(0.8, 1.2) - (time.time() - self.begin - at)
            time.sleep(max(self.args.every * 0.4, rest))
        self.faults.append((time.time() - self.begin, "kill"))
        self.do_kill()
        if self.args.plant == "lost-key":
            self.server.ask(b"DEL", b"str:0:17", b"str:0:18", b"str:0:19")

    def kinds(self):
        disk = ["full disk", "full disk, kill", "read-only"] if self.disk.is_own else []
        return ["kill", "stop", "settings", "cut", *disk]

    def summary(self):
        total = collections.Counter()
        for some in self.counts.values():
            total.update(some)
        return ", ".join(f"{total[k]} {k}" for k in ("acknowledged", "compared", "refused")) + \
            f", {len(self.violations)} violations"

    def again(self):
        self.shared.epoch.value += 1
        self.server.fsync = self.random.choice(("always", "everysec"))
        self.shared.failing.value = 0
        self.server.start()

    def config(self, *pairs):
        reply = self.server.ask(b"CONFIG", b"SET", *[word for pair in pairs for word in pair])
        if reply != b"+OK":
            self.tell("CONFIG SET", pairs=str(pairs), reply=str(reply))

    def do_kill(self):
        self.server.kill()
        self.again()

    def do_stop(self):
        self.server.stop()
        self.again()

    def do_settings(self):
        memory = size_of(self.args.maxmemory) // MIB
        settings = [*SETTINGS, ("maxmemory", (f"{memory * 3 // 4}mb", f"{memory}mb"))]
        self.config(*[(name, self.random.choice(values)) for name, values in self.random.sample(settings, 4)])

    def do_cut(self):
        for kind in (b"pubsub", b"normal"):
            self.server.ask(b"CLIENT", b"KILL", b"TYPE", kind)

    def refusal(self, prepare=None):
        """The reply to a write that needs room, once it is refused; None when it never is. Merges may make room meanwhile."""
        end = time.time() + 30
        while time.time() < end:
            if prepare:
                prepare()
            reply = self.server.ask(b"SET", b"probe", b"x" * 1000)
            if reply != b"+OK":
                return reply
            time.sleep(0.1)

    def do_full_disk(self, is_killed=False):
        reply = self.refusal(self.disk.fill)
        if reply is None or b"No space left" not in reply:
            self.tell("a full disk", reply=str(reply))
        time.sleep(self.args.every * 0.1)
        if is_killed:
            self.server.kill()
            self.again()
            time.sleep(self.args.every * 0.05)
        self.disk.empty()
        begin = time.time()
        while self.server.ask(b"SET", b"probe", b"x") != b"+OK":
            if time.time() > begin + 60:
                return self.tell("space is back, and writes are refused")
            time.sleep(0.05)
        self.back.append(time.time() - begin)

    def do_full_disk_kill(self):
        self.do_full_disk(True)

    def do_read_only(self):
        # What the kernel had not written is gone with the file system, so this is about synced writes.
        self.config(("appendfsync", "always"))
        time.sleep(3)
        self.shared.failing.value = 1
        self.disk.fail()
        reply = self.refusal()
        if reply is None or not reply.startswith(b"-MISCONF"):
            self.tell("a read-only disk", reply=str(reply))
        time.sleep(self.args.every * 0.05)
        if self.server.ask(b"PING") != b"+PONG":
            self.tell("no PING beside a read-only disk")
        self.server.kill()
        if not self.disk.repair():
            self.tell("the image cannot be mounted again")
        self.server.may_give_up = True
        self.again()

    def sample(self):
        while self.sampling:
            now = time.time()
            one = {"load": os.getloadavg()[0]}
            try:
                one.update(self.usage(self.server.process.pid))
            except (OSError, ValueError, KeyError):
                pass  # Between two lives.
            self.samples.setdefault(int(now), {}).update(one)
            time.sleep(max(0.05, int(now) + 1.02 - time.time()))

    def usage(self, pid):
        with open(f"/proc/{pid}/status") as f:
            status = dict(line.split(":", 1) for line in f)
        files = size = 0
        for folder, _, names in os.walk(self.disk.data):
            for name in names:
                try:
                    size += os.lstat(f"{folder}/{name}").st_blocks * 512
                    files += 1
                except OSError:
                    pass
        handles = len(os.listdir(f"/proc/{pid}/fd"))
        return {"rss": int(status["VmRSS"].split()[0]) * 1024, "threads": int(status["Threads"]), "files": files,
                "bytes": size, "handles": handles, "other handles": handles - files, "life": len(self.server.starts)}

    def listen(self):
        while self.sampling:
            try:
                kind, who, what = self.report.get(timeout=1)
            except queue.Empty:
                continue
            if kind == "counts":
                self.counts[who] = what
            elif kind == "violation":
                if len(self.violations) < 1000:
                    self.violations.append({"at": round(time.time() - self.begin), "who": who, **what})
                if len(self.violations) <= 20:
                    print(f"VIOLATION {self.violations[-1]}", flush=True)
            else:
                self.samples.setdefault(who, {}).update(latencies(what))

    def finish(self):
        with open(f"{self.args.folder}/samples.json", "w") as f:
            json.dump({"samples": self.samples, "faults": self.faults, "violations": self.violations,
                       "counts": self.counts}, f)
        figures, verdicts = soak_figures(self)
        os.makedirs(self.args.out, exist_ok=True)
        rows = [{"at": second - self.begin, **one} for second, one in sorted(self.samples.items())]
        limit = size_of(self.args.maxmemory) / MIB
        soak_plot.draw(f"{self.args.out}/soak.svg",
                       f"Soak: {self.args.minutes:g} minutes, {len(self.faults)} faults, "
                       f"{figures['acknowledged']:,} acknowledged writes, {len(self.violations)} violations. "
                       "The machine was shared with builds and tests.",
                       rows, self.faults, (limit, f"maxmemory {limit:g} MiB"))
        name = "soak.json" if self.args.minutes < LONG_MINUTES else "soak.long.json"
        with open(f"{self.args.out}/{name}", "w") as f:
            json.dump(figures, f, indent=2)
        for name, is_good, said in verdicts:
            print(f"{'ok ' if is_good else 'BAD'} {name}: {said}")
        return 0 if all(is_good for _, is_good, _ in verdicts) else 1


def latencies(times):
    result = {}
    for name, values in times.items():
        if values:
            result.update({f"{name}_p50": values[len(values) // 2], f"{name}_p99": values[int(len(values) * 0.99)],
                           f"{name}_max": values[-1]})
    return result


def size_of(text):
    return int(text.removesuffix("mb")) * MIB


def soak_figures(soak):
    """The figures to print, and the verdicts: name, whether it is good, what it says."""
    args, length = soak.args, soak.args.minutes * 60
    rows = [{"at": second - soak.begin, **one} for second, one in sorted(soak.samples.items())]

    def of(key, first=0.0, last=2.0):
        return [one[key] for one in rows if one.get(key) is not None and first * length <= one["at"] < last * length]

    def middle(key, first, last):
        values = of(key, first, last)
        return statistics.median(values) if values else 0

    total = collections.Counter()
    for some in soak.counts.values():
        total.update(some)
    # The later half of each calm stretch: by then caches are full again after the start before it.
    early, late = (0.325, 0.4), (0.825, 0.9)
    growth = {key: (middle(key, *early), middle(key, *late)) for key in ("rss", "other handles", "threads")}
    rss = sorted(of("rss"))
    kinds = collections.Counter(kind for _, kind in soak.faults)
    figures = {
        "date": time.strftime("%Y-%m-%d", time.gmtime(soak.begin)), "commit": soak.commit, "seed": args.seed,
        "minutes": args.minutes, "faults": len(soak.faults), "faults by kind": dict(kinds),
        "starts": len(soak.server.starts), "starts with log-load-truncated": soak.server.given_up, "slowest start, s": round(max(soak.server.starts), 2),
        "acknowledged": total["acknowledged"], "compared": total["compared"], "refused": total["refused"],
        "open requests settled": total["open requests settled"], "whole comparisons": total["whole comparisons"],
        "violations": len(soak.violations), "others": dict(sorted(soak.counts["others"].items())),
        "writes go on after a full disk, s": round(max(soak.back, default=0), 2),
        "rss max, MiB": round(rss[-1] / MIB), "rss p99, MiB": round(rss[int(len(rss) * 0.99)] / MIB),
        "bytes on disk max": max(of("bytes")), "files max": max(of("files")), "handles max": max(of("handles")),
        "rss, handles that are not files of the directory, threads in the second quarter": [v[0] for v in growth.values()],
        "rss, handles that are not files of the directory, threads in the last quarter": [v[1] for v in growth.values()],
        "PING p50, p99 (medians of seconds), longest, ms":
            [round(x, 2) for x in (middle("ping_p50", 0, 2), middle("ping_p99", 0, 2), max(of("ping_max")))],
        "GET p50, p99 (medians of seconds), longest, ms":
            [round(x, 2) for x in (middle("get_p50", 0, 2), middle("get_p99", 0, 2), max(of("get_max")))],
        "load average, median and most": [round(middle("load", 0, 2), 1), round(max(of("load")), 1)],
        "disk faults": soak.disk.is_own,
    }
    budget = size_of(args.maxmemory) + 64 * MIB
    verdicts = [
        ("nothing lost", not soak.violations, f"{len(soak.violations)} violations in {total['compared']:,} comparisons"),
        ("compared whole at the end", total["whole comparisons"] >= args.writers, f"{total['whole comparisons']} times"),
        ("memory", figures["rss p99, MiB"] * MIB <= budget or args.minutes < LONG_MINUTES,
         f"resident p99 {figures['rss p99, MiB']} MiB, at most {figures['rss max, MiB']}; maxmemory + 64 MiB: {budget // MIB}"),
    ]
    for key, slack in (("rss", 16 * MIB), ("other handles", 16), ("threads", 4)):
        before, after = growth[key]
        verdicts.append((f"no growth of {key}", after <= before * 1.05 + slack or args.minutes < LONG_MINUTES,
                         f"{before:,.0f} in the second quarter, {after:,.0f} in the last"))
    figures["verdicts"] = {name: is_good for name, is_good, _ in verdicts}
    return figures, verdicts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    library = os.path.join(ROOT, "artifacts", "bin", "Hedge.Host", "release", "hedge.dll")
    parser.add_argument("--server", default=f"dotnet {library}", help="the command that starts Hedge")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--every", type=float, default=100, help="seconds from one fault to the next")
    parser.add_argument("--writers", type=int, default=3)
    parser.add_argument("--keys", type=int, default=110_000, help="strings of a writer, 3 KB each")
    parser.add_argument("--pause", type=float, default=0.02, help="seconds of a writer between two batches")
    parser.add_argument("--maxmemory", default="256mb")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--disk", type=int, default=6144, help="megabytes of the disk")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("HEDGE_TEST_SEED", time.time())))
    parser.add_argument("--folder", default=os.path.join(ROOT, "artifacts", "soak"), help="emptied first")
    parser.add_argument("--out", default=os.path.join(ROOT, "artifacts", "figures"))
    parser.add_argument("--plant", choices=("lost-key",))
    args = parser.parse_args()
    if args.port == 0:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            args.port = free.getsockname()[1]
    print(f"seed {args.seed}, port {args.port}", flush=True)
    soak = Soak(args)
    try:
        return soak.run()
    finally:
        soak.close()


if __name__ == "__main__":
    sys.exit(main())
