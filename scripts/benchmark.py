#!/usr/bin/env python3
"""Measures Hedge against redis-server on this machine, alternately, and writes every figure to a JSON file.

    scripts/benchmark.py                      # everything: throughput, latency, memory, start
    scripts/benchmark.py throughput --rounds 7 --depths 1,16,64
    scripts/benchmark.py latency --clients 8
    scripts/benchmark.py memory --memory-keys 1000000
    scripts/benchmark.py start --start-keys 5000000
    scripts/benchmark.py throughput latency --against ../before        # two builds of Hedge instead of Hedge and Redis
    scripts/benchmark.py throughput latency --against garnet           # Microsoft's Garnet instead of Redis
    scripts/benchmark.py throughput --tls                              # both with TLS
    scripts/benchmark.py disk --disk-keys 20000000 --disk-memory 800   # Hedge alone, larger than its memory

Needs redis-server, redis-benchmark and a Release build of Hedge (dotnet build -c Release). Python's own library only.
Garnet is built from its package (scripts/garnet-server), and has its append-only file committed every second.

How it is measured
  throughput  redis-benchmark -t set,get -r 1000000 -d 100 -c 50 at each pipeline depth. Servers take turns, one run each
              per round, so that what else the machine does falls on both. A run is a fixed number of requests, chosen
              from a short trial so that it takes --seconds. Medians, ranges and the ratios of the same round are shown.
              Two comparisons: "memory" (redis-server without persistence, Hedge with its log synced every second) and
              "log" (both with a log synced every second).
  CPU per op  the run time of all of the server's threads (/proc/PID/task/*/schedstat, nanoseconds) divided by requests:
              what a request costs, whoever's turn it is on a machine that client and server share.
  allocation  INFO's hedge_managed_allocated_bytes before and after, divided by requests.
  latency     p50, p99 and p99.9 of redis-benchmark with few clients and no pipelining: a load that both servers can carry.
              redis-benchmark cannot hold a rate, so each run states its requests per second beside its percentiles.
  memory      resident bytes after loading keys with values of 100 bytes, less those of the empty server, per key.
  start       time from the start of the process to the first PONG, on an empty and on a full data directory.

  disk        Hedge alone (not among the default modes), two cores, with a small maxmemory and many times its data: loading,
              then uniform GET and SET with 50 clients, without a pipeline and 16 deep. Resident memory is looked at twice
              a second all the while; --plot draws it.

Each step is bounded in time; servers are ended with the script.
"""
import argparse
import json
import os
import platform
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import plot

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VALUE_BYTES = 100
RUN_TIMEOUT = 300
START_TIMEOUT = 600
TLS = []  # with --tls: the files of a certificate and its key, for this run


def make_certificate(directory):
    """A certificate of two days for 127.0.0.1, and its key."""
    files = [os.path.join(directory, name) for name in ("server.crt", "server.key")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A server process on a free port with a data directory, which is removed with it unless it was given."""

    def __init__(self, name, command, directory=None, affinity=None):
        self.name = name
        self.port = free_port()
        self.tls_port = free_port() if TLS else 0
        self.own_directory = directory is None
        self.directory = directory or tempfile.mkdtemp(prefix="hedge-bench-")
        words = [w.format(port=self.port, dir=self.directory) for w in command]
        if TLS:
            words += ["--tls-port", str(self.tls_port), "--tls-cert-file", TLS[0], "--tls-key-file", TLS[1],
                      "--tls-ca-cert-file", TLS[0], "--tls-auth-clients", "no"]
        if affinity:
            words = ["taskset", "-c", affinity] + words
        self.log = tempfile.TemporaryFile()
        started = time.monotonic()
        self.process = subprocess.Popen(words, stdout=self.log, stderr=subprocess.STDOUT, cwd=tempfile.gettempdir())
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() - started > START_TIMEOUT:
                self.log.seek(0)
                output = self.log.read().decode(errors="replace")[-2000:]
                self.stop()
                raise SystemExit(f"{name} did not start: {' '.join(words)}\n{output}")
            time.sleep(0.002)
        self.start_seconds = time.monotonic() - started

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as s:
                s.sendall(b"PING\r\n")
                return s.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    def call(self, *words):
        """Sends one command and returns the reply's bytes; for short replies."""
        with socket.create_connection(("127.0.0.1", self.port), 30) as s:
            s.sendall(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(w), w) for w in (str(w).encode() for w in words)))
            reply = s.recv(1 << 16)
            if reply[:1] == b"$" and reply[:2] != b"$-":
                length = int(reply[1:reply.index(b"\r\n")])
                while len(reply) < length + reply.index(b"\r\n") + 4:
                    more = s.recv(1 << 16)
                    if not more:
                        break
                    reply += more
            return reply

    def info(self, field):
        match = re.search(rb"\n%s:(\S+)" % field.encode(), self.call("INFO", "all"))
        return match.group(1).decode() if match else None

    def cpu_ns(self):
        """Run time of all threads that are alive now, in nanoseconds."""
        total = 0
        folder = f"/proc/{self.process.pid}/task"
        for thread in os.listdir(folder):
            try:
                with open(f"{folder}/{thread}/schedstat") as f:
                    total += int(f.read().split()[0])
            except (FileNotFoundError, ProcessLookupError):
                pass
        return total

    def rss(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"VmRSS:\s+(\d+) kB", f.read()).group(1)) * 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)


def hedge_command(args, *more, root=ROOT):
    library = os.path.join(root, "artifacts", "bin", "Hedge.Host", "release", "hedge.dll")
    if not os.path.exists(library):
        raise SystemExit(f"no Release build of Hedge in {root}: dotnet build -c Release")
    return ["dotnet", library, "--port", "{port}", "--dir", "{dir}", "--appendfsync", "everysec",
            *args.hedge.split(), *more]


def redis_command(log):
    persistence = ["--appendonly", "yes", "--appendfsync", "everysec"] if log else ["--appendonly", "no"]
    return ["redis-server", "--port", "{port}", "--dir", "{dir}", "--bind", "127.0.0.1", "--save", "", *persistence]


def garnet_command():
    project = os.path.join(ROOT, "scripts", "garnet-server")
    subprocess.run(["dotnet", "build", project, "-c", "Release", "-v", "quiet"], check=True)
    return [os.path.join(ROOT, "artifacts", "bin", "garnet-server", "release", "garnet-server"), "--port", "{port}", "--bind",
            "127.0.0.1", "--aof", "--aof-commit-freq", "1000", "--device-type", "RandomAccess",
            "--checkpointdir", "{dir}", "--memory", "4g", "--logger-level", "Error"]


def other(args, log):
    """What Hedge is compared with: redis-server, Garnet, or another build of Hedge."""
    if args.against == "garnet":
        return Server("garnet", garnet_command(), affinity=args.server_cpus)
    if args.against:
        return Server("before", hedge_command(args, root=os.path.abspath(args.against)), affinity=args.server_cpus)
    return Server("redis", redis_command(log), affinity=args.server_cpus)


def redis_benchmark(args, server, test, depth, clients, requests, keys=1_000_000):
    """One run: requests per second, latencies in milliseconds, CPU and allocation per request."""
    way = ["-p", str(server.tls_port), "--tls", "--cacert", TLS[0]] if TLS else ["-p", str(server.port)]
    words = ["redis-benchmark", "-h", "127.0.0.1", *way, "-t", test, "-r", str(keys), "-d",
             str(VALUE_BYTES), "-c", str(clients), "-P", str(depth), "-n", str(requests), "--precision", "3"]
    if args.client_cpus:
        words = ["taskset", "-c", args.client_cpus] + words
    allocated, cpu = server.info("hedge_managed_allocated_bytes"), server.cpu_ns()
    out = subprocess.run(words, capture_output=True, text=True, timeout=RUN_TIMEOUT)
    cpu = server.cpu_ns() - cpu
    if out.returncode != 0 or "rror" in out.stdout + out.stderr:
        raise SystemExit(f"redis-benchmark against {server.name}: {out.stdout[-500:]}{out.stderr[-500:]}")
    result = {
        "rps": float(re.findall(r"throughput summary: ([\d.]+)", out.stdout)[-1]),
        "cpu_us": cpu / 1000 / requests,
        **percentiles(out.stdout),
    }
    if allocated:
        result["allocated_bytes"] = (int(server.info("hedge_managed_allocated_bytes")) - int(allocated)) / requests
    return result


def percentiles(text):
    """From redis-benchmark's distributions: the latency at or below which that part of the requests was."""
    points = [(float(p), float(ms)) for p, ms in re.findall(r"([\d.]+)% <= ([\d.]+) milliseconds", text)]
    summary = re.search(r"avg\s+min\s+p50\s+p95\s+p99\s+max\s+([\d.\s]+)", text)
    values = [float(v) for v in summary.group(1).split()[:6]] if summary else [None] * 6
    p999 = min((ms for part, ms in points if part >= 99.9), default=values[5])
    return {"p50_ms": values[2], "p99_ms": values[4], "p999_ms": p999, "max_ms": values[5]}


def spread(values):
    values = [v for v in values if v is not None]
    if not values:
        return None
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "n": len(values)}


def alternate(args, hedge, redis, depth, clients, title):
    """Runs both servers in turn, rounds times, and sums up."""
    report = {}
    for test in ("set", "get"):
        trial = {s.name: redis_benchmark(args, s, test, depth, clients, 20_000 * min(depth, 16)) for s in (hedge, redis)}
        requests = {n: max(10_000, int(r["rps"] * args.seconds)) for n, r in trial.items()}
        runs = {"hedge": [], redis.name: []}
        for i in range(args.rounds):
            for server in ((hedge, redis) if i % 2 == 0 else (redis, hedge)):
                runs[server.name].append(redis_benchmark(args, server, test, depth, clients, requests[server.name]))
        ratios = [h["rps"] / r["rps"] for h, r in zip(runs["hedge"], runs[redis.name])]
        entry = {"requests": requests, "runs": runs, "ratio": spread(ratios)}
        for name, results in runs.items():
            entry[name] = {k: spread([r.get(k) for r in results]) for k in results[0]}
        report[test] = entry
        show(title, test, depth, clients, entry, redis.name)
    return report


def show(title, test, depth, clients, entry, other_name):
    def text(name):
        e = entry[name]
        allocated = f", {e['allocated_bytes']['median']:.1f} B/op" if e.get("allocated_bytes") else ""
        return (f"{name} {e['rps']['median'] / 1000:7.1f}k [{e['rps']['min'] / 1000:.1f}-{e['rps']['max'] / 1000:.1f}] "
                f"cpu {e['cpu_us']['median']:.2f} us/op p50 {e['p50_ms']['median']:.3f} p99 {e['p99_ms']['median']:.3f} "
                f"p99.9 {e['p999_ms']['median']:.3f} ms{allocated}")
    ratio = entry["ratio"]
    print(f"{title:7s} {test} -P {depth:<3d} -c {clients:<3d} ratio {ratio['median']:.2f} "
          f"[{ratio['min']:.2f}-{ratio['max']:.2f}]\n        {text('hedge')}\n        {text(other_name)}", flush=True)


def throughput(args):
    report = {}
    for title, log in (("log", True),) if args.against else (("memory", False), ("log", True)):
        hedge = redis = None
        try:
            hedge = Server("hedge", hedge_command(args), affinity=args.server_cpus)
            redis = other(args, log)
            for server in (hedge, redis):  # Keys for GET, and warm code.
                redis_benchmark(args, server, "set", 64, 50, 1_500_000)
                redis_benchmark(args, server, "get", 64, 50, 500_000)
            report[title] = {d: alternate(args, hedge, redis, d, 50, title) for d in args.depths}
            report[title]["rss"] = {s.name: s.rss() for s in (hedge, redis)}
        finally:
            for server in filter(None, (hedge, redis)):
                server.stop()
    return report


def latency(args):
    hedge = redis = None
    try:
        hedge = Server("hedge", hedge_command(args), affinity=args.server_cpus)
        redis = other(args, True)
        for server in (hedge, redis):
            redis_benchmark(args, server, "set", 64, 50, 1_500_000)
            redis_benchmark(args, server, "get", 64, 50, 500_000)
        return {c: alternate(args, hedge, redis, 1, c, "latency") for c in args.clients}
    finally:
        for server in filter(None, (hedge, redis)):
            server.stop()


def load(server, keys, seconds=900):
    """Sets key:0 … key:(keys-1) to values of 100 bytes over one connection, a thousand at a time."""
    value = b"x" * VALUE_BYTES
    deadline = time.monotonic() + seconds
    with socket.create_connection(("127.0.0.1", server.port), 60) as s:
        for first in range(0, keys, 1000):
            names = [b"key:%012d" % i for i in range(first, min(first + 1000, keys))]
            s.sendall(b"".join(b"*3\r\n$3\r\nSET\r\n$16\r\n%s\r\n$%d\r\n%s\r\n" % (n, VALUE_BYTES, value) for n in names))
            expected = 5 * len(names)
            while expected > 0:
                reply = s.recv(min(expected, 1 << 16))
                if not reply or reply[:1] == b"-":
                    raise SystemExit(f"{server.name} while loading: {reply!r}")
                expected -= len(reply)
            if time.monotonic() > deadline:
                raise SystemExit(f"{server.name}: loading took more than {seconds} s")
    assert server.call("DBSIZE") == b":%d\r\n" % keys, server.call("DBSIZE")


def memory(args):
    report = {}
    for name, command in (("hedge", hedge_command(args)), ("redis", redis_command(True))):
        server = Server(name, command, affinity=args.server_cpus)
        try:
            empty = server.rss()
            load(server, args.memory_keys)
            time.sleep(2)
            full = server.rss()
            report[name] = {"keys": args.memory_keys, "empty_rss": empty, "full_rss": full,
                            "bytes_per_key": (full - empty) / args.memory_keys}
            print(f"memory  {name}: empty {empty / 2**20:.1f} MiB, {args.memory_keys} keys {full / 2**20:.1f} MiB, "
                  f"{report[name]['bytes_per_key']:.1f} bytes per key", flush=True)
        finally:
            server.stop()
    return report


def start(args):
    report = {}
    for name, command in (("hedge", hedge_command(args)), ("redis", redis_command(True))):
        directory = tempfile.mkdtemp(prefix="hedge-bench-")
        report[name] = {}
        try:
            for title, keys in (("empty", 0), ("full", args.start_keys)):
                if keys:
                    server = Server(name, command, directory, args.server_cpus)
                    try:
                        load(server, keys)
                    finally:
                        server.stop()
                times = []
                for _ in range(args.rounds):
                    server = Server(name, command, directory, args.server_cpus)
                    times.append(server.start_seconds)
                    try:
                        assert server.call("DBSIZE") == b":%d\r\n" % keys, server.call("DBSIZE")
                    finally:
                        server.stop()
                report[name][title] = {"keys": keys, "seconds": spread(times)}
                s = spread(times)
                print(f"start   {name} {keys:8d} keys: {s['median']:.3f} s [{s['min']:.3f}-{s['max']:.3f}]", flush=True)
        finally:
            shutil.rmtree(directory, ignore_errors=True)
    return report


class ResidentMemory(threading.Thread):
    """Looks at a server's resident memory twice a second: (seconds since the start, bytes)."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.points, self.ended = server, [], threading.Event()
        self.began = time.monotonic()
        self.start()

    def now(self):
        return time.monotonic() - self.began

    def run(self):
        while not self.ended.wait(0.5):
            self.points.append((self.now(), self.server.rss()))


def disk(args):
    budget = args.disk_memory << 20
    command = hedge_command(args, "--cores", "2", "--maxmemory", str(budget))
    directory = tempfile.mkdtemp(prefix="hedge-bench-", dir=args.disk_dir)
    report = {"keys": args.disk_keys, "maxmemory": budget, "runs": []}
    server = Server("hedge", command, directory, args.server_cpus)
    memory, spans = ResidentMemory(server), []
    try:
        cpu = server.cpu_ns()
        load(server, args.disk_keys)
        spans.append((0, memory.now(), "load"))
        report["load"] = {"seconds": memory.now(), "keys_per_second": args.disk_keys / memory.now(),
                          "cpu_us": (server.cpu_ns() - cpu) / 1000 / args.disk_keys}
        print(f"disk    load: {report['load']}", flush=True)
        for test in ("get", "set"):
            for depth in (1, 16):
                trial = redis_benchmark(args, server, test, depth, 50, 20_000, args.disk_keys)
                began = memory.now()
                entry = redis_benchmark(args, server, test, depth, 50, int(trial["rps"] * args.disk_seconds),
                                        args.disk_keys)
                spans.append((began, memory.now(), f"{test.upper()} P={depth}"))
                report["runs"].append({"test": test, "depth": depth, **entry})
                print(f"disk    {test.upper()} P={depth:2d}: {entry['rps']:9.0f}/s, CPU {entry['cpu_us']:.2f} us, p50 "
                      f"{entry['p50_ms']:.3f} p99 {entry['p99_ms']:.3f} p99.9 {entry['p999_ms']:.3f} max "
                      f"{entry['max_ms']:.3f} ms", flush=True)
        memory.ended.set()
        memory.join()
        report["resident_peak"] = max(bytes for _, bytes in memory.points)
        report["resident"] = memory.points
        report["storage"] = server.call("INFO", "storage").decode()
        print(f"disk    resident: most {report['resident_peak'] / 2**20:.0f} MiB of {args.disk_memory}", flush=True)
        if args.plot:
            plot.line(args.plot, f"Resident memory, {args.disk_keys:,} keys of {VALUE_BYTES} bytes", "MiB",
                      [(x, y / 2**20) for x, y in memory.points], [(args.disk_memory, "maxmemory")], spans)
    finally:
        memory.ended.set()
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return report


def machine():
    with open("/proc/cpuinfo") as f:
        models = re.findall(r"model name\s*: (.*)", f.read())
    with open("/proc/meminfo") as f:
        kilobytes = int(re.search(r"MemTotal:\s+(\d+)", f.read()).group(1))

    def output(*words):
        return subprocess.run(words, capture_output=True, text=True, cwd=ROOT).stdout.strip()

    return {
        "cpu": models[0] if models else platform.processor(), "cpus": os.cpu_count(),
        "memory_mib": kilobytes // 1024, "kernel": platform.release(),
        "dotnet": output("dotnet", "--version"), "redis": output("redis-server", "--version"),
        "commit": output("git", "rev-parse", "HEAD"), "changed": bool(output("git", "status", "--porcelain")),
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "command": sys.argv,
    }


MODES = {"throughput": throughput, "latency": latency, "memory": memory, "start": start, "disk": disk}
DEFAULT_MODES = ["throughput", "latency", "memory", "start"]


def numbers(text):
    return [int(n) for n in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("modes", nargs="*", default=[], help="throughput, latency, memory, start (default: these), disk")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each server (default 5)")
    parser.add_argument("--seconds", type=float, default=4, help="aimed-at length of a run (default 4)")
    parser.add_argument("--depths", type=numbers, default=[1, 16, 64], help="pipeline depths (default 1,16,64)")
    parser.add_argument("--clients", type=numbers, default=[1, 8], help="clients of the latency runs (default 1,8)")
    parser.add_argument("--memory-keys", type=int, default=1_000_000)
    parser.add_argument("--start-keys", type=int, default=5_000_000)
    parser.add_argument("--disk-keys", type=int, default=20_000_000)
    parser.add_argument("--disk-memory", type=int, default=800, help="maxmemory of the disk run in MiB (default 800)")
    parser.add_argument("--disk-seconds", type=float, default=30, help="aimed-at length of each of its runs (default 30)")
    parser.add_argument("--disk-dir", help="where its data is kept meanwhile (default: the temporary directory)")
    parser.add_argument("--plot", help="file for the disk run's drawing (SVG)")
    parser.add_argument("--hedge", default="", help="more of Hedge's settings, such as '--cores 1 --io portable'")
    parser.add_argument("--against", help="throughput and latency: garnet, or a directory with another build of Hedge, instead of Redis")
    parser.add_argument("--tls", action="store_true", help="throughput, latency: with TLS; redis-benchmark needs its --tls")
    parser.add_argument("--server-cpus", help="CPUs of the servers, as taskset's list")
    parser.add_argument("--client-cpus", help="CPUs of redis-benchmark, as taskset's list")
    parser.add_argument("--json", default=os.path.join(ROOT, "artifacts", "figures", "benchmark.json"))
    args = parser.parse_args()
    unknown = set(args.modes) - set(MODES)
    if unknown:
        parser.error(f"no such mode: {', '.join(unknown)}")
    directory = tempfile.mkdtemp(prefix="hedge-tls-")
    if args.tls:
        TLS.extend(make_certificate(directory))
    report = {"machine": machine(), "tls": args.tls}
    print(json.dumps(report["machine"], indent=1), flush=True)
    for mode in args.modes or DEFAULT_MODES:
        report[mode] = MODES[mode](args)
        os.makedirs(os.path.dirname(args.json), exist_ok=True)
        with open(args.json, "w") as f:
            json.dump(report, f, indent=1)
    shutil.rmtree(directory)
    print(f"written to {args.json}")


if __name__ == "__main__":
    main()
