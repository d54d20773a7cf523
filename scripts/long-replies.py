#!/usr/bin/env python3
"""Has whole collections read that are larger than memory, and measures it: Hedge, and redis-server beside it.

    scripts/long-replies.py                                  # 1 million elements each, a tenth of it as memory
    scripts/long-replies.py --elements 10000000 --cores 1,2
    scripts/long-replies.py --only list,zset-random --no-redis

For each collection (list, hash, set, zset with rising scores, zset-random with scores in any order, stream): it is built, the
server is started anew on its data, so that nothing is in memory, and one client reads all of it with one command. Told are the
megabytes of reply a second, the most memory that was resident beside the budget, and how long GETs of another client took before
and meanwhile: median, 99th percentile and longest. Then a client asks for it and reads nothing for a while: what was resident.

redis-server has no limit of memory, since it could not hold the data. Needs redis-server and a Release build of Hedge. Results:
artifacts/figures/long-replies.json.
"""
import argparse
import json
import multiprocessing
import os
import shutil
import socket
import tempfile
import threading
import time

import benchmark

MIB = 1 << 20
BATCH = 1000
SLEEP = 0.001  # Between two GETs of the other client.


def request(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def bulk(length):
    return len(b"$%d\r\n" % length) + length + 2


class Kind:
    """A collection: how it is built in batches, how it is read, how long the reply is."""

    def __init__(self, name, add, read, element_bytes, reply_bytes):
        self.name, self.add, self.read, self.element_bytes, self.reply_bytes = name, add, read, element_bytes, reply_bytes


def number(i):
    return b"%012d" % i



def spread(i, count):
    return (i * 2654435761) % (1 << 32)


KINDS = {
    "list": Kind("list", lambda f, e, n: [request(b"RPUSH", b"k", *[number(i) + b"v" * 20 for i in range(f, e)])],
                 (b"LRANGE", b"k", b"0", b"-1"), 33, bulk(32)),
    "hash": Kind("hash", lambda f, e, n: [request(b"HSET", b"k", *[w for i in range(f, e) for w in (number(i), b"v" * 32)])],
                 (b"HGETALL", b"k"), 46, bulk(12) + bulk(32)),
    "set": Kind("set", lambda f, e, n: [request(b"SADD", b"k", *[number(i) for i in range(f, e)])],
                (b"SMEMBERS", b"k"), 13, bulk(12)),
    "zset": Kind("zset", lambda f, e, n: [request(b"ZADD", b"k", *[w for i in range(f, e) for w in (b"%d" % i, number(i))])],
                 (b"ZRANGE", b"k", b"0", b"-1"), 42, bulk(12)),
    "zset-random": Kind("zset-random", lambda f, e, n: [request(b"ZADD", b"k", *[
        w for i in range(f, e) for w in (b"%d" % spread(i, n), number(i))])],
        (b"ZRANGE", b"k", b"0", b"-1"), 42, bulk(12)),
    "stream": Kind("stream", lambda f, e, n: [request(b"XADD", b"k", b"%d-1" % (i + 10 ** 12), b"field", number(i))
                                              for i in range(f, e)],
                   (b"XRANGE", b"k", b"-", b"+"), 46, 4 + bulk(15) + 4 + bulk(5) + bulk(12)),
}


def connect(port):
    s = socket.create_connection(("127.0.0.1", port), 30)
    s.settimeout(900)
    return s


def build(server, kind, count):
    s = connect(server.port)
    s.sendall(request(b"SET", b"other", b"x" * 64))
    assert s.recv(64) == b"+OK\r\n"
    replies = s.makefile("rb")
    pending = 0
    for first in range(0, count, BATCH):
        requests = kind.add(first, min(first + BATCH, count), count)
        s.sendall(b"".join(requests))
        pending += len(requests)
        while pending > 4000 or (first + BATCH >= count and pending):
            line = replies.readline()
            if line[:1] == b"-":
                raise SystemExit(line.decode())
            if line[:1] == b"$":
                replies.readline()
            pending -= 1
    s.close()


def probe(port, pipe):
    """Process: GETs until told to stop; tells how long each took, in seconds."""
    took = []
    get = request(b"GET", b"other")
    with connect(port) as s:
        while not pipe.poll(SLEEP):
            began = time.monotonic()
            s.sendall(get)
            if not s.recv(4096):
                break
            took.append(time.monotonic() - began)
    pipe.send(took)


class Probe:
    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=probe, args=(self.server.port, other), daemon=True)
        self.process.start()
        self.resident, self.ended = self.server.rss(), threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()
        return self

    def look(self):
        while not self.ended.wait(0.02):
            self.resident = max(self.resident, self.server.rss())

    def __exit__(self, *_):
        self.pipe.send(None)
        took = sorted(self.pipe.recv()) if self.pipe.poll(60) else [float("inf")]
        self.process.kill()
        self.ended.set()
        self.thread.join()
        self.median, self.p99, self.longest = (
            round(1000 * took[min(len(took) - 1, int(len(took) * p))], 2) for p in (0.5, 0.99, 1))


def read_all(port, kind, count):
    """Reads the whole reply; returns its bytes, the seconds until its first byte and until its last."""
    header = len(b"*%d\r\n" % (2 * count if kind.name == "hash" else count))
    left = total = header + count * kind.reply_bytes
    buffer = bytearray(4 * MIB)
    with connect(port) as s:
        began = time.monotonic()
        s.sendall(request(*kind.read))
        first = None
        while left > 0:
            got = s.recv_into(buffer, min(left, len(buffer)))
            if got == 0:
                raise SystemExit(f"{kind.name}: the connection was closed with {left} of {total} bytes to come")
            if first is None:
                first = time.monotonic() - began
                if buffer[:1] == b"-":
                    raise SystemExit(bytes(buffer[:200]).decode())
            left -= got
        seconds = time.monotonic() - began
        s.sendall(b"PING\r\n")
        if s.recv(64) != b"+PONG\r\n":
            raise SystemExit(f"{kind.name}: the reply is longer than expected")
    return total, first, seconds


def measure(args, name, kind, cores):
    directory = tempfile.mkdtemp(prefix="long-replies-", dir=args.dir)
    budget = max(48 * MIB, kind.element_bytes * args.elements // 10)
    if name == "redis":
        command = benchmark.redis_command(log=False)
    else:
        command = [args.hedge, "--port", "{port}", "--dir", "{dir}", "--save", "", "--maxmemory", str(budget), "--cores", str(cores)]

    def start():
        os.makedirs(directory, exist_ok=True)
        return benchmark.Server(name, command, directory)
    server = start()
    build(server, kind, args.elements)
    if name != "redis":
        server.call("SAVE")
        server.stop()
        server = start()
    with Probe(server) as before:
        time.sleep(2)
    with Probe(server) as during:
        total, first, seconds = read_all(server.port, kind, args.elements)
    # A client that reads nothing.
    with Probe(server) as stalled:
        with connect(server.port) as s:
            s.sendall(request(*kind.read))
            time.sleep(3)
    server.stop()
    shutil.rmtree(directory, ignore_errors=True)
    return {
        "server": name, "cores": cores, "kind": kind.name, "elements": args.elements, "reply_mb": round(total / 1e6, 1),
        "seconds": round(seconds, 3), "first_byte_ms": round(1000 * first, 1), "mb_per_second": round(total / 1e6 / seconds, 1),
        "budget_mib": round(budget / MIB, 1), "resident_before_mib": round(before.resident / MIB, 1),
        "resident_mib": round(during.resident / MIB, 1), "resident_stalled_mib": round(stalled.resident / MIB, 1),
        "get_ms_before": [before.median, before.p99, before.longest],
        "get_ms_during": [during.median, during.p99, during.longest],
        "get_ms_stalled": [stalled.median, stalled.p99, stalled.longest],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--elements", type=int, default=1_000_000)
    parser.add_argument("--only", default=",".join(KINDS))
    parser.add_argument("--cores", default="1")
    parser.add_argument("--no-redis", action="store_true")
    parser.add_argument("--dir", default=None, help="where data directories are made")
    parser.add_argument("--hedge", default=os.path.join(benchmark.ROOT, "artifacts/bin/Hedge.Host/release/hedge"))
    args = parser.parse_args()
    rows = []
    for kind in args.only.split(","):
        servers = [("hedge", int(c)) for c in args.cores.split(",")] + ([] if args.no_redis else [("redis", 1)])
        for name, cores in servers:
            row = measure(args, name, KINDS[kind], cores)
            rows.append(row)
            print(f"{kind:12} {name} {cores}: {row['reply_mb']:.0f} MB, {row['mb_per_second']:.0f} MB/s, first byte after "
                  f"{row['first_byte_ms']:.0f} ms; resident {row['resident_before_mib']:.0f} → {row['resident_mib']:.0f} MiB of "
                  f"{row['budget_mib']:.0f}, stalled {row['resident_stalled_mib']:.0f}; GET p50/p99/max ms "
                  f"{row['get_ms_before']} → {row['get_ms_during']}, stalled {row['get_ms_stalled']}", flush=True)
    os.makedirs(os.path.join(benchmark.ROOT, "artifacts/figures"), exist_ok=True)
    with open(os.path.join(benchmark.ROOT, "artifacts/figures/long-replies.json"), "w") as f:
        json.dump({"machine": benchmark.machine(), "rows": rows}, f, indent=1)


if __name__ == "__main__":
    main()
