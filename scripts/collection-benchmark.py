#!/usr/bin/env python3
"""Measures collections: Hedge beside redis-server on this machine, in alternation; writes all figures to a JSON file.

    scripts/collection-benchmark.py                     # ends, large, wake, memory
    scripts/collection-benchmark.py ends --rounds 5
    scripts/collection-benchmark.py cold --cold-elements 10000000

Needs redis-server, redis-benchmark, redis-cli and a Release build of Hedge. Python's own library only.

  ends    redis-benchmark's own tests of collections with 100-byte values and LRANGE, after a round that is not counted, so
          that code is compiled; pops take what the pushes before them have left. The first, uncounted round is shown, too:
          it is what somebody sees who tries a server that has just started.
  large   commands on one collection of a million elements (--elements): random fields, members, scores, ranks and indexes.
  wake    from an RPUSH to the reply of a BLPOP that waits, on the same and on another core, in microseconds.
  memory  resident bytes per element of a million elements, less those of the empty server.
  cold    Hedge alone: HGET, HSET and ZSCORE of random elements with a tenth of the data in memory, in one key and in keys of
          100 elements, beside GET and SET of strings of the same size on the same disk. Filling one hash that is larger than
          memory takes long: each new field goes to another leaf.
  transfer  Hedge alone, with 256 MB of memory: HEDGE.EXPORT of a database by a server that was just started, and HEDGE.LOAD of
          the file into an empty server: one hash, hashes of 100 fields, and strings of the same bytes (--cold-elements of each).

Commands go 16 deep from 50 clients, those of LINDEX and "ZRANGE by rank" from one redis-cli --pipe. Throughput: medians of the rounds; ratios are those of the same round. CPU: run time of all
of the server's threads per command.
"""
import argparse
import json
import os
import random
import re
import socket
import statistics
import subprocess
import tempfile
import time

import benchmark
from benchmark import ROOT, Server, hedge_command, redis_command, spread

VALUE = "x" * 100
MEMBER = "m:__rand_int__"

ENDS = [(name, ["-t", name]) for name in (
    "lpush", "rpush", "lpop", "rpop", "sadd", "hset", "spop", "zadd", "zpopmin")] + [
    ("xadd", ["XADD", "stream", "*", "field", VALUE]),
    ("lrange_100", ["-t", "lrange_100"]), ("lrange_600", ["-t", "lrange_600"])]

LARGE = [
    ("HSET", ["HSET", "hash", MEMBER, VALUE[:32]]), ("HGET", ["HGET", "hash", MEMBER]),
    ("SADD", ["SADD", "set", MEMBER]), ("SISMEMBER", ["SISMEMBER", "set", MEMBER]),
    ("ZADD", ["ZADD", "zset", "__rand_int__", MEMBER]), ("ZSCORE", ["ZSCORE", "zset", MEMBER]),
    ("ZINCRBY", ["ZINCRBY", "zset", "1", MEMBER]), ("ZRANK", ["ZRANK", "zset", MEMBER]),
    ("ZRANGE by rank", lambda rank: ("ZRANGE", "zset", rank, rank + 9)),
    ("ZRANGEBYSCORE LIMIT 100", ["ZRANGEBYSCORE", "zset", "__rand_int__", "+inf", "LIMIT", "0", "100"]),
    ("LPUSH", ["LPUSH", "list", VALUE[:32]]), ("RPOP", ["RPOP", "list"]),
    ("LINDEX", lambda index: ("LINDEX", "list", index)),
    ("LINSERT", ["LINSERT", "list", "BEFORE", "middle", VALUE[:32]]),
    ("XADD", ["XADD", "stream", "0-*", "field", VALUE[:32]]),
    ("XREADGROUP", ["XREADGROUP", "GROUP", "group", "c:__rand_int__", "COUNT", "1", "STREAMS", "stream", ">"]),
    ("XACK", ["XACK", "stream", "group", "0-__rand_int__"])]


def run(server, words, requests, keys=None):
    """One run of redis-benchmark: commands per second and microseconds of CPU per command."""
    if callable(words):
        return run_pipe(server, words, requests, keys)
    if words[0] != "-t":
        words = ["-r", str(keys)] + words if keys else words
    command = ["redis-benchmark", "-p", str(server.port), "-P", "16", "-c", "50", "-d", "100", "-n", str(requests), "-q",
               "--csv"] + words
    cpu = server.cpu_ns()
    out = subprocess.run(command, capture_output=True, text=True, timeout=benchmark.RUN_TIMEOUT)
    cpu = server.cpu_ns() - cpu
    rows = [line for line in out.stdout.splitlines() if not line.startswith('"test"')]
    if out.returncode != 0 or not rows:
        raise SystemExit(f"redis-benchmark against {server.name}: {out.stdout[-500:]}{out.stderr[-500:]}")
    # A test may prepare something, with a line of its own.
    return {"rps": float(rows[-1].rsplit('",', 7)[1].strip('"')), "cpu_us": cpu / 1000 / requests}


def run_pipe(server, words, requests, keys):
    """The same for commands that redis-benchmark cannot make."""
    choice = random.Random(requests)
    cpu = server.cpu_ns()
    seconds = pipe(server, (words(choice.randrange(keys)) for _ in range(requests)))
    return {"rps": requests / seconds, "cpu_us": (server.cpu_ns() - cpu) / 1000 / requests}


def rounds(args, servers, rows, requests_of):
    report = {name: {s.name: [] for s in servers} for name, _ in rows}
    for i in range(args.rounds + 1):
        for name, words in rows:
            requests = requests_of(name)
            for server in servers if i % 2 == 0 else servers[::-1]:
                report[name][server.name].append(run(server, words, requests, keys_of(args, name)))
    for name, runs in report.items():
        hedge, redis = runs["hedge"], runs["redis"]
        ratios = [h["rps"] / r["rps"] for h, r in zip(hedge, redis)]
        cpu = [h["cpu_us"] / r["cpu_us"] for h, r in zip(hedge, redis)]
        runs["ratio"], runs["cpu_ratio"], runs["first"] = spread(ratios[1:]), spread(cpu[1:]), ratios[0]
        print(f"{name:24s} ratio {runs['ratio']['median']:.2f} [{runs['ratio']['min']:.2f}-{runs['ratio']['max']:.2f}] "
              f"cpu {runs['cpu_ratio']['median']:.2f}, {statistics.median(h['cpu_us'] for h in hedge[1:]):.2f} us "
              f"({statistics.median(r['cpu_us'] for r in redis[1:]):.2f}); "
              f"{statistics.median(h['rps'] for h in hedge[1:]) / 1000:.0f}k/s; first {ratios[0]:.2f}", flush=True)
    return report


def keys_of(args, name):
    return 10 if name == "XREADGROUP" else args.elements


def both(args, *more):
    return [Server("hedge", hedge_command(args, *more)), Server("redis", redis_command(False))]


def ends(args):
    servers = both(args)
    try:
        for server in servers:
            run(server, ["-t", "lpush"], 1000)
            server.call("DEL", "mylist")
        return rounds(args, servers, ENDS, lambda name: args.requests // (20 if name.startswith("lrange") else 1))
    finally:
        for server in servers:
            server.stop()


def pipe(server, commands):
    """Sends many commands by redis-cli --pipe; the seconds that takes."""
    with tempfile.NamedTemporaryFile() as file:
        for words in commands:
            file.write(b"*%d\r\n" % len(words) + b"".join(
                b"$%d\r\n%s\r\n" % (len(w), w) for w in (str(w).encode() for w in words)))
        file.flush()
        started = time.monotonic()
        subprocess.run(["redis-cli", "-p", str(server.port), "--pipe"], stdin=open(file.name, "rb"), check=True,
                       stdout=subprocess.DEVNULL)
        return time.monotonic() - started


def filled(elements):
    """A hash, a set, a sorted set, a list and a stream as redis-benchmark's random members name them."""
    names = [f"m:{i:012d}" for i in range(elements)]
    random.Random(1).shuffle(names)
    for i, name in enumerate(names):
        yield "HSET", "hash", name, VALUE[:32]
        yield "SADD", "set", name
        yield "ZADD", "zset", random.Random(i).randrange(elements), name
        yield "RPUSH", "list", "middle" if i == elements // 2 else VALUE[:32]
        yield "XADD", "stream", "0-*", "field", VALUE[:32]
    yield "XGROUP", "CREATE", "stream", "group", "0"


def large(args):
    servers = both(args)
    try:
        for server in servers:
            pipe(server, filled(args.elements))
        fewer = {"LINSERT": args.requests, "LINDEX": 200, "ZRANGE by rank": 40, "ZRANGEBYSCORE LIMIT 100": 10}
        return rounds(args, servers, LARGE, lambda name: max(200, args.requests // fewer.get(name, 1)))
    finally:
        for server in servers:
            server.stop()


def wake(args):
    """One client waits, another pushes; both on one connection each."""
    report = {}
    for cores in (1, 2):
        servers = both(args, "--cores", str(cores))
        try:
            for server in servers:
                report[f"{server.name} {cores}"] = wakes(server, 20_000)
                micro = report[f"{server.name} {cores}"]
                print(f"wake {server.name:6s} cores {cores if server.name == 'hedge' else 1} p50 {micro['p50']:.0f} us "
                      f"p99 {micro['p99']:.0f} us", flush=True)
        finally:
            for server in servers:
                server.stop()
    return report


def wakes(server, count):
    waits, pushes = (socket.create_connection(("127.0.0.1", server.port)) for _ in range(2))
    for s in (waits, pushes):
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    for i in range(count):
        key = b"q%03d" % (i % 100)
        waits.sendall(b"*3\r\n$5\r\nBLPOP\r\n$4\r\n%s\r\n$1\r\n0\r\n" % key)
        # The waiter must wait: its connection answers nothing before that. A PING of the other one takes longer.
        for _ in range(3):
            pushes.sendall(b"PING\r\n")
            pushes.recv(64)
        started = time.perf_counter()
        pushes.sendall(b"*3\r\n$5\r\nRPUSH\r\n$4\r\n%s\r\n$1\r\nv\r\n" % key)
        waits.recv(256)
        times.append((time.perf_counter() - started) * 1e6)
        pushes.recv(64)
    times = sorted(times[count // 10:])
    return {"p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100]}


def memory(args):
    report = {}
    shapes = {
        "hash": lambda i: ("HSET", "c", f"m{i:011d}", VALUE[:32]), "set": lambda i: ("SADD", "c", f"m{i:011d}"),
        "zset": lambda i: ("ZADD", "c", i, f"m{i:011d}"), "list": lambda i: ("RPUSH", "c", f"{i:032d}"),
        "stream": lambda i: ("XADD", "c", "*", "first", f"{i:010d}", "second", f"{i:010d}")}
    for name, command in shapes.items():
        report[name] = {}
        for server in both(args, "--maxmemory", "2gb"):
            try:
                empty = server.rss()
                pipe(server, (command(i) for i in range(args.elements)))
                report[name][server.name] = (server.rss() - empty) / args.elements
            finally:
                server.stop()
        one = report[name]
        print(f"memory {name:6s} hedge {one['hedge']:.1f} redis {one['redis']:.1f} bytes an element: "
              f"{one['hedge'] / one['redis']:.2f}", flush=True)
    return report


def cold(args):
    count = args.cold_elements
    megabytes = max(64, count * 60 // 10 // 1_000_000)
    small = count // 100
    fills = {
        "strings": lambda i: ("SET", f"m:{i:012d}", VALUE[:32]),
        "one hash": lambda i: ("HSET", "hash", f"m:{i:012d}", VALUE[:32]),
        "one zset": lambda i: ("ZADD", "zset", i, f"m:{i:012d}"),
        "hashes of 100": lambda i: ("HSET", f"h:{i:012d}", *(w for f in range(100) for w in (f"f{f}", VALUE[:32])))}
    reads = {
        "strings": [("GET", ["GET", MEMBER]), ("SET", ["SET", MEMBER, VALUE[:32]])],
        "one hash": [("HGET", ["HGET", "hash", MEMBER]), ("HSET", ["HSET", "hash", MEMBER, VALUE[:32]])],
        "one zset": [("ZSCORE", ["ZSCORE", "zset", MEMBER])],
        "hashes of 100": [("HGET", ["HGET", "h:__rand_int__", "f50"])]}
    report = {}
    for name, runs in reads.items():
        server = Server("hedge", hedge_command(args, "--maxmemory", f"{megabytes}mb"), directory=None)
        try:
            keys = small if name == "hashes of 100" else count
            pipe(server, (fills[name](i) for i in range(keys)))
            time.sleep(5)
            for title, words in runs:
                run(server, words, args.cold_requests // 4, keys)
                report[f"{name} {title}"] = run(server, words, args.cold_requests, keys)
                print(f"cold {name:14s} {title:7s} {report[f'{name} {title}']['rps']:.0f}/s, resident "
                      f"{server.rss() >> 20} MiB of {megabytes}", flush=True)
        finally:
            server.stop()
    return report


def transfer(args):
    """Megabytes of the file per second, and the most resident memory meanwhile."""
    count = args.cold_elements
    fields = lambda i: (w for f in range(100) for w in (f"m:{i * 100 + f:012d}", VALUE[:32]))
    fills = {
        "strings": lambda i: ("MSET", *fields(i)), "one hash": lambda i: ("HSET", "hash", *fields(i)),
        "hashes of 100": lambda i: ("HSET", f"h:{i:012d}", *fields(i))}
    order = list(range(count // 100))
    random.Random(1).shuffle(order)
    report = {}
    for name, fill in fills.items():
        with tempfile.TemporaryDirectory(dir=args.directory) as directory:
            data, files = os.path.join(directory, "data"), os.path.join(directory, "files")
            settings = ("--transfer-dir", files)
            server = Server("hedge", hedge_command(args, *settings, "--maxmemory", "3gb"), directory=data)
            try:
                pipe(server, (fill(i) for i in order))
                subprocess.run(["redis-cli", "-p", str(server.port), "SAVE"], check=True, stdout=subprocess.DEVNULL)
            finally:
                server.stop()
            for step, command in (("export", "HEDGE.EXPORT"), ("load", "HEDGE.LOAD")):
                server = Server("hedge", hedge_command(args, *settings, "--maxmemory", "256mb"),
                                directory=data if step == "export" else None)
                try:
                    time.sleep(5)
                    resident = benchmark.ResidentMemory(server)
                    cpu, started = server.cpu_ns(), time.monotonic()
                    subprocess.run(["redis-cli", "-p", str(server.port), command, "file"], check=True,
                                   stdout=subprocess.DEVNULL)
                    seconds = time.monotonic() - started
                    resident.ended.set()
                    most = max([bytes for _, bytes in resident.points] + [server.rss()])
                    size = os.path.getsize(os.path.join(files, "file"))
                    report[f"{name} {step}"] = {
                        "bytes": size, "seconds": seconds, "cpu_seconds": (server.cpu_ns() - cpu) / 1e9,
                        "resident": most}
                    print(f"{step:6s} {name:14s} {size / seconds / 1e6:.0f} MB/s ({size / 1e6:.0f} MB, {seconds:.1f} s, CPU "
                          f"{(server.cpu_ns() - cpu) / 1e9:.1f} s), resident {most >> 20} MiB", flush=True)
                finally:
                    server.stop()
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = {"ends": ends, "large": large, "wake": wake, "memory": memory, "cold": cold, "transfer": transfer}
    parser.add_argument("modes", nargs="*", default=[], help=", ".join(modes))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=400_000)
    parser.add_argument("--elements", type=int, default=1_000_000)
    parser.add_argument("--cold-elements", type=int, default=10_000_000)
    parser.add_argument("--cold-requests", type=int, default=400_000)
    parser.add_argument("--directory", help="where the files of transfer are made")
    parser.add_argument("--hedge", default="", help="more of Hedge's settings")
    parser.add_argument("--json", default=os.path.join(ROOT, "artifacts", "figures", "collections.json"))
    args = parser.parse_args()
    report = {"machine": benchmark.machine()}
    for mode in args.modes or ["ends", "large", "wake", "memory"]:
        report[mode] = modes[mode](args)
        os.makedirs(os.path.dirname(args.json), exist_ok=True)
        with open(args.json, "w") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
