#!/usr/bin/env python3
"""Compares published binaries of Hedge: scripts/publish-benchmark.py [--rounds N] NAME=BINARY[,VARIABLE=VALUE...]...

Starts each in turn in an empty directory, N times, and prints medians with their range of
  pong          ms from exec to the reply to the first PING of a client that tries to connect every millisecond
  first 1,000   µs a command: SET, GET, INCR, LPUSH, HSET, ZADD, EXPIRE, SADD, XADD and MGET in turn, on one connection, each sent
                after the reply to the one before; beside it the slowest one in ms
  first 100,000 SETs a second of redis-benchmark -P 16, the first that the server gets from it
  SET, GET      requests a second of redis-benchmark -P 16, 50 clients, 100 bytes, after a warm-up of 1.5 million of each, and the CPU
                of the server in µs for each
and the binary's size and, at the end, its resident memory. Needs redis-benchmark.
"""
import argparse
import os
import re
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

from resp_client import Client


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def benchmark(port, test, requests):
    out = subprocess.run(["redis-benchmark", "-p", str(port), "-t", test, "-n", str(requests), "-r", "100000", "-d", "100", "-c", "50",
                          "-P", "16", "--csv"], capture_output=True, text=True, check=True).stdout
    return float(re.search(r'^"%s","([0-9.]+)"' % test.upper(), out, re.M).group(1))


def cpu_us(pid):
    fields = open(f"/proc/{pid}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1e6 / os.sysconf("SC_CLK_TCK")


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status", encoding="ascii").read()).group(1)) / 1024


def first_thousand(client):
    kinds = [(b"SET", b"s", b"v"), (b"GET", b"s"), (b"INCR", b"n"), (b"LPUSH", b"l", b"v"), (b"HSET", b"h", b"f", b"v"),
             (b"ZADD", b"z", b"1", b"m"), (b"EXPIRE", b"s", b"1000"), (b"SADD", b"t", b"m"), (b"XADD", b"x", b"*", b"f", b"v"),
             (b"MGET", b"s", b"s2")]
    took = []
    for i in range(1000):
        start = time.perf_counter()
        client.ask(*kinds[i % len(kinds)])
        took.append((time.perf_counter() - start) * 1e6)
    return statistics.mean(took), max(took) / 1000


def run(binary, variables, quick):
    directory = tempfile.mkdtemp(prefix="hedge-publish-")
    port = free_port()
    begin = time.perf_counter()
    server = subprocess.Popen([binary, "--port", str(port), "--dir", os.path.join(directory, "data"), "--cores", "1"],
                              env={**os.environ, **variables}, stdout=subprocess.DEVNULL)
    try:
        client = None
        while client is None:
            try:
                client = Client(port)
            except ConnectionRefusedError:
                time.sleep(0.001)
        client.ask(b"PING")
        pong = (time.perf_counter() - begin) * 1000
        mean, slowest = first_thousand(client)
        result = {"pong ms": pong, "first 1,000 µs": mean, "slowest ms": slowest}
        if not quick:
            result["first 100,000 SET/s"] = benchmark(port, "set", 100_000)
            for test in ("set", "get"):
                benchmark(port, test, 1_500_000)
                before = cpu_us(server.pid)
                result[f"{test.upper()}/s"] = benchmark(port, test, 2_000_000)
                result[f"{test.upper()} CPU µs"] = (cpu_us(server.pid) - before) / 2_000_000
        result["resident MiB"] = resident_mib(server.pid)
        return result
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(directory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binaries", nargs="+", metavar="NAME=BINARY[,VARIABLE=VALUE...]")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="starts and first commands alone")
    args = parser.parse_args()
    variants = {}
    for text in args.binaries:
        name, rest = text.split("=", 1)
        binary, *variables = rest.split(",")
        variants[name] = (os.path.abspath(binary), dict(v.split("=", 1) for v in variables))
    results = {name: [] for name in variants}
    for number in range(args.rounds):
        names = list(variants)
        for name in names[number % len(names):] + names[:number % len(names)]:
            results[name].append(run(*variants[name], args.quick))
    for name, runs in results.items():
        print(f"{name}: {os.path.getsize(variants[name][0]) / 1e6:.1f} MB")
        for what in runs[0]:
            values = [r[what] for r in runs]
            print(f"  {what:20} {statistics.median(values):>12,.2f}  [{min(values):,.2f} - {max(values):,.2f}]")


main()
