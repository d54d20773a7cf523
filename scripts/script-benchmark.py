#!/usr/bin/env python3
"""Measures Lua scripts: Hedge beside redis-server on this machine, in alternation; writes all figures to a JSON file.

    scripts/script-benchmark.py                    # rates, beside, cold
    scripts/script-benchmark.py rates --rounds 9
    scripts/script-benchmark.py queue --packages DIRECTORY     # with node_modules/bullmq in it

Needs redis-server, redis-benchmark, redis-cli and a Release build of Hedge. Python's own library only; queue needs node.

  rates   EVALSHA of small scripts from 50 clients, 16 deep (the first one 1 deep, too); the first round is not counted.
  beside  a script that goes round a loop --turns times without a command, and 50 clients that ask for other keys meanwhile:
          their replies per second and the 50th and 99th percentile of the time to each. redis-server serves them at its end.
  cold    Hedge alone: ten look-ups of random keys in each script, with a tenth of the data in memory, beside MGET and GET of
          the same keys: keys per second.
  garbage Hedge alone: what it allocates for each command (managed memory, beside what the server allocates by itself), and how
          long its collections hold it up; --garbage-requests of each, after as many to warm up.
  queue   BullMQ: adds --jobs small jobs, and ten workers take and complete them: jobs per second.

Throughput: medians of the rounds; ratios are those of the same round. CPU: run time of all of the server's threads per
command.
"""
import argparse
import json
import os
import subprocess
import tempfile
import threading
import time
from importlib import import_module

import benchmark
from benchmark import ROOT, Server, hedge_command, redis_command
from resp_client import Client

collections = import_module("collection-benchmark")

KEY = "key:__rand_int__"
ONE = "return 1"
GET = "return redis.call('get', KEYS[1])"
COUNT = "local n = redis.call('incr', KEYS[1]) redis.call('pexpire', KEYS[1], ARGV[1]) return n"
BOTH = "redis.call('hset', KEYS[1], 'f', ARGV[1]) return redis.call('zadd', KEYS[2], ARGV[2], ARGV[1])"
TEN = "for i = 1, 10 do redis.call('get', KEYS[i]) end return 1"

SCRIPTS = [
    ("return 1", ONE, ["0"]), ("return 1, P=1", ONE, ["0"]), ("GET", GET, ["1", KEY]),
    ("INCR + PEXPIRE", COUNT, ["1", "n:__rand_int__", "100000"]),
    ("HSET + ZADD, one slot", BOTH, ["2", "{x}h:__rand_int__", "{x}z:__rand_int__", "m:__rand_int__", "1"]),
    ("ten GETs", TEN, ["10"] + ["{x}" + KEY] * 10)]


def ask(client, *words):
    return client.ask(*(word.encode() for word in words))


def load(server, text):
    return ask(Client(server.port), "SCRIPT", "LOAD", text).decode()


def rates(args):
    servers = [Server("hedge", hedge_command(args)), Server("redis", redis_command(False))]
    try:
        for server in servers:
            collections.pipe(server, (("SET", f"{tag}key:{i:012d}", "x" * 100) for i in range(args.keys)
                                      for tag in ("", "{x}")))
        report = {}
        for name, text, words in SCRIPTS:
            shas = {s.name: load(s, text) for s in servers}
            depth = 1 if name.endswith("P=1") else 16
            requests = args.requests // (16 // depth) // (4 if name == "ten GETs" else 1)
            runs = {s.name: [] for s in servers}
            for i in range(args.rounds + 1):
                for server in servers if i % 2 == 0 else servers[::-1]:
                    runs[server.name].append(run(server, depth, requests, args.keys, ["EVALSHA", shas[server.name], *words]))
            report[name] = show(name, runs)
        return report
    finally:
        for server in servers:
            server.stop()


def run(server, depth, requests, keys, words):
    command = ["redis-benchmark", "-p", str(server.port), "-P", str(depth), "-c", "50", "-n", str(requests), "-q", "--csv",
               "-r", str(keys), *words]
    cpu = server.cpu_ns()
    out = subprocess.run(command, capture_output=True, text=True, timeout=benchmark.RUN_TIMEOUT, check=True)
    cpu = server.cpu_ns() - cpu
    row = [line for line in out.stdout.splitlines() if not line.startswith('"test"')][-1]
    return {"rps": float(row.rsplit('",', 7)[1].strip('"')), "cpu_us": cpu / 1000 / requests}


def show(name, runs):
    hedge, redis = runs["hedge"][1:], runs["redis"][1:]
    ratio = benchmark.spread([h["rps"] / r["rps"] for h, r in zip(hedge, redis)])
    cpu = benchmark.spread([h["cpu_us"] / r["cpu_us"] for h, r in zip(hedge, redis)])
    middle = sorted(h["cpu_us"] for h in hedge)[len(hedge) // 2]
    print(f"{name:24s} ratio {ratio['median']:.2f} [{ratio['min']:.2f}-{ratio['max']:.2f}] cpu {cpu['median']:.2f}, "
          f"{middle:.2f} us; {sorted(h['rps'] for h in hedge)[len(hedge) // 2] / 1000:.0f}k/s", flush=True)
    return {**runs, "ratio": ratio, "cpu_ratio": cpu}


def beside(args):
    """50 clients ask one after the other, each on a thread of redis-benchmark, while another one's script runs."""
    report = {}
    for server in (Server("hedge", hedge_command(args)), Server("redis", redis_command(False))):
        try:
            ask(Client(server.port), "SET", "{a}x", "1")
            loop = Client(server.port)
            took = []

            def spin():
                started = time.monotonic()
                ask(loop, "EVAL", f"for i = 1, {args.turns} do end return redis.call('get', KEYS[1])", "1", "{b}busy")
                took.append(time.monotonic() - started)

            thread = threading.Thread(target=spin)
            thread.start()
            time.sleep(0.1)
            out = subprocess.run(
                ["redis-benchmark", "-p", str(server.port), "-c", "50", "-n", "20000", "--csv", "GET", "{a}x"],
                capture_output=True, text=True, timeout=benchmark.RUN_TIMEOUT, check=True).stdout.splitlines()[-1]
            ended = not thread.is_alive()
            thread.join()
            _, rps, _, _, p50, _, p99, longest = [w.strip('"') for w in out.rsplit(",", 7)]
            report[server.name] = {"rps": float(rps), "p50_ms": float(p50), "p99_ms": float(p99),
                                   "max_ms": float(longest), "script_seconds": took[0], "script_ended_first": ended}
            print(f"beside {server.name:6s} {rps}/s p50 {p50} ms p99 {p99} ms max {longest} ms; the script took "
                  f"{took[0]:.1f} s{', and ended before' if ended else ''}", flush=True)
        finally:
            server.stop()
    return report


def cold(args):
    count = args.cold_keys
    megabytes = max(64, count * 130 // 10 // 1_000_000)
    server = Server("hedge", hedge_command(args, "--maxmemory", f"{megabytes}mb"))
    try:
        collections.pipe(server, (("SET", f"key:{i:012d}", "x" * 100) for i in range(count)))
        time.sleep(5)
        sha = load(server, TEN)
        rows = {"script of 10": (10, ["EVALSHA", sha, "10"] + [KEY] * 10), "MGET of 10": (10, ["MGET"] + [KEY] * 10),
                "GET": (1, ["GET", KEY])}
        report = {name: [] for name in rows}
        for _ in range(args.rounds):
            for name, (keys, words) in rows.items():
                result = run(server, 16, args.cold_requests // keys, count, words)
                report[name].append(result["rps"] * keys)
        middle = {name: sorted(values)[len(values) // 2] for name, values in report.items()}
        print("cold " + ", ".join(f"{name} {rate:.0f} keys/s" for name, rate in middle.items())
              + f"; script/MGET {middle['script of 10'] / middle['MGET of 10']:.2f}; {megabytes} MB", flush=True)
        return report
    finally:
        server.stop()


GARBAGE = [
    ("PING", None, []), ("return 1", ONE, ["0"]), ("GET", GET, ["1", KEY]),
    ("INCR", "return redis.call('incr', KEYS[1])", ["1", "n:__rand_int__"]), SCRIPTS[4]]


def garbage(args):
    server = Server("hedge", hedge_command(args, "--enable-debug-command", "local"))
    client = Client(server.port)
    report = {}

    def figures():
        lines = (line.partition(":") for line in ask(client, "DEBUG", "JMAP").decode().splitlines())
        return {name: int(value) for name, colon, value in lines if colon}

    def measure(words, pauses=None):
        """Bytes a command, collections, and all their pauses. Between the two readings nobody else asks."""
        before = figures()
        thread = threading.Thread(target=run, args=(server, 16, args.garbage_requests, args.keys, words))
        thread.start()
        while thread.is_alive():
            thread.join(0.002 if pauses is not None else None)
            if pauses is not None:
                pauses.append(figures()["last_pause_microseconds"])
        after = figures()
        return {"bytes": (after["allocated_ever"] - before["allocated_ever"]) / args.garbage_requests,
                "collections": after["collections_0"] - before["collections_0"],
                "pause_us": after["pause_microseconds"] - before["pause_microseconds"]}

    try:
        collections.pipe(server, (("SET", f"key:{i:012d}", "x" * 100) for i in range(args.keys)))
        for name, text, words in GARBAGE:
            words = ["EVALSHA", load(server, text), *words] if text else [name]
            measure(words)
            report[name] = row = measure(words)
            # The last pause is asked for all the time, which allocates, too. The first one seen may be an older one's.
            before, pauses = figures()["last_pause_microseconds"], []
            measure(words, pauses)
            row["longest_pause_us"] = max((p for p in pauses if p != before), default=0)
            print(f"garbage {name:24s} {row['bytes']:6.1f} bytes, {row['collections']} collections, "
                  f"{row['pause_us'] / max(row['collections'], 1) / 1000:.2f} ms each, "
                  f"at most {row['longest_pause_us'] / 1000:.2f} ms", flush=True)
        return report
    finally:
        server.stop()


QUEUE = """
import { createRequire } from 'module';
const { Queue, Worker } = createRequire(process.argv[2] + '/')('bullmq');
const connection = { host: '127.0.0.1', port: +process.argv[3], maxRetriesPerRequest: null };
const jobs = +process.argv[4];
const queue = new Queue('bench', { connection });
const started = process.hrtime.bigint();
for (let i = 0; i < jobs; i += 500)
  await queue.addBulk(Array.from({ length: 500 }, (_, n) => ({ name: 'j', data: { n: i + n } })));
const added = process.hrtime.bigint();
let done = 0;
await new Promise(resolve => {
  for (let w = 0; w < 10; w++)
    new Worker('bench', async job => job.data.n, { connection, concurrency: 10 })
      .on('completed', () => { if (++done === jobs) resolve(); });
});
const ended = process.hrtime.bigint();
console.log(JSON.stringify({ add: jobs / (Number(added - started) / 1e9), work: jobs / (Number(ended - added) / 1e9) }));
process.exit();
"""


def queue(args):
    report = {"hedge": [], "redis": []}
    with tempfile.NamedTemporaryFile("w", suffix=".mjs") as program:
        program.write(QUEUE)
        program.flush()
        for i in range(args.rounds):
            for name in ("hedge", "redis") if i % 2 == 0 else ("redis", "hedge"):
                server = Server(name, hedge_command(args) if name == "hedge" else redis_command(False))
                try:
                    cpu = server.cpu_ns()
                    out = subprocess.run(
                        ["node", program.name, os.path.abspath(args.packages), str(server.port), str(args.jobs)],
                        capture_output=True, text=True, check=True, timeout=benchmark.RUN_TIMEOUT * 10).stdout
                    result = {**json.loads(out.splitlines()[-1]), "cpu_us": (server.cpu_ns() - cpu) / 1000 / args.jobs}
                    report[name].append(result)
                    print(f"queue {name:6s} add {result['add']:.0f}/s, work {result['work']:.0f}/s, "
                          f"CPU {result['cpu_us']:.0f} us a job", flush=True)
                finally:
                    server.stop()
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    modes = {"rates": rates, "beside": beside, "cold": cold, "garbage": garbage, "queue": queue}
    parser.add_argument("modes", nargs="*", default=[], help=", ".join(modes))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--requests", type=int, default=600_000)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=100_000_000)
    parser.add_argument("--cold-keys", type=int, default=5_000_000)
    parser.add_argument("--cold-requests", type=int, default=200_000)
    parser.add_argument("--garbage-requests", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=100_000)
    parser.add_argument("--packages", default="Hedge.Tests/Clients", help="where node_modules is")
    parser.add_argument("--hedge", default="", help="more of Hedge's settings")
    parser.add_argument("--json", default=os.path.join(ROOT, "artifacts", "figures", "scripts.json"))
    args = parser.parse_args()
    report = {"machine": benchmark.machine()}
    for mode in args.modes or ["rates", "beside", "cold"]:
        report[mode] = modes[mode](args)
        os.makedirs(os.path.dirname(args.json), exist_ok=True)
        with open(args.json, "w") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
