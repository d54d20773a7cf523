#!/usr/bin/env python3
"""Measures Hedge's storage engine against RocksDB on this machine, alternately, and writes every figure to a JSON file.

    scripts/engine-benchmark.py                          # 2 million records, about ten minutes
    scripts/engine-benchmark.py --size full              # 20 million records, 800 MB of memory
    scripts/engine-benchmark.py --tests load,read20 --seconds 10 --rounds 3
    scripts/engine-benchmark.py --size full --tests skewed-2t --data /tmp/data    # keeps what it loads there for the next time

Needs db_bench (Debian: apt-get install rocksdb-tools) and a Release build of Hedge (dotnet build -c Release). Python's own
library only. docs/benchmarks.md says what to keep in mind when reading the figures.

How it is measured
  work        24-byte keys, 100-byte values that do not compress, a log that is written and not synced, one process at a time.
              Each program has a directory of its own; "load" fills it, and the other tests use it in their order. Hedge's
              has all compactions done at its end ("drain", whose time is shown beside); db_bench's waitforcompaction
              never ends with universal compaction, so RocksDB may have some left to do. The programs take turns, and who is first changes from test to test.
  memory      the same sum: Hedge's --maxmemory; RocksDB's write buffers (four, a third of it) and block cache (the rest).
              RocksDB's filters and indices come on top. The most each process took is shown.
  warm-up     before skewed and zipfian reads are measured, both programs do the same reads for --warm-up seconds (60; 0 for cold
              caches), each in the process that is then measured; rounded up to whole multiples of --seconds, since db_bench
              has one duration for all it does. CPU and bytes per operation are of the whole process, hence of the warming too.
  zipfian     db_bench makes no zipfian reads (mixgraph's power law a * x^b cannot be it: the first of 20 million keys has 5 % of
              the reads, the hottest hundredth 72 %; no a and b give both). "zipfian-2t" has it replay a trace of them (two
              replaying threads, beside one that reads the trace); its rate is what its own statistics counted between two
              moments.
  ops/s       as each program says, for the time of the operations alone.
  CPU per op  user and system time of the whole process (wait4), opening, compiling and closing included, per operation.
  bytes       the kernel's count of what the process read from and wrote to the device (wait4); write amplification is that
              per byte of keys and values written. Log segments that Hedge fills with zeros once are in it.
  space       most bytes of the directory's files on disk, in looks a quarter of a second apart, and those at the end.

Every process is bounded in time and ended with the script.
"""
import argparse
import json
import math
import os
import platform
import random
import re
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEY_BYTES = 24
# More than db_bench replays.
REPLAYED_PER_SECOND = 80_000
VALUE_BYTES = 100
SIZES = {"quick": (2_000_000, 128), "full": (20_000_000, 800)}
RUN_TIMEOUT = 3600

# The law of db_bench's --read_random_exp_range, which "hedge bench" has too: rank = n * exp(-u * range), u uniform. With 16.3 the hottest
# 1 % of 20 million keys gets 71.7 % of the reads and the hottest 10 % gets 85.9 %; with zipfian 0.99 it is 71.8 and 85.7 %.
EXP_RANGE = "16.3"
EXPONENTIAL = ["--distribution", "exponential", "--exp-range", EXP_RANGE]
# A thread of Hedge keeps its depth of reads in flight where a thread of db_bench blocks: two threads each, each its own way.
TWO_THREADS = ["--cores", "2", "--depth", "64"]

# name: (Hedge's workload and options, db_bench's benchmark and options, operations that write per operation; None instead of
# db_bench's for what it does not have: Hedge alone then)
# With WARM, both programs warm up before they are measured; REPLAY stands for a trace that db_bench replays.
WARM = {"skewed20", "skewed-2t", "zipfian20", "zipfian-2t"}
REPLAY = "replay"
TESTS = {
    "load": (["load", "--drain"], ["filluniquerandom,stats", "--threads=1"], 1),
    "read2": (["read", "--depth", "2"], ["readrandom", "--threads=2"], 0),
    "read20": (["read", "--depth", "20"], ["readrandom", "--threads=20"], 0),
    "read-2t": (["read", *TWO_THREADS], ["readrandom", "--threads=2"], 0),
    "mixed20": (["mixed", "--reads", "50", "--depth", "20"],
                ["readrandomwriterandom,stats", "--readwritepercent=50", "--threads=20"], 0.5),
    "mixed-2t": (["mixed", "--reads", "50", *TWO_THREADS],
                 ["readrandomwriterandom,stats", "--readwritepercent=50", "--threads=2"], 0.5),
    "overwrite": (["update"], ["overwrite,stats", "--threads=1"], 1),
    "skewed20": (["read", "--depth", "20", *EXPONENTIAL],
                 ["readrandom", f"--read_random_exp_range={EXP_RANGE}", "--threads=20"], 0),
    "skewed-2t": (["read", *TWO_THREADS, *EXPONENTIAL],
                  ["readrandom", f"--read_random_exp_range={EXP_RANGE}", "--threads=2"], 0),
    "zipfian-2t": (["read", "--distribution", "zipfian", *TWO_THREADS], [REPLAY], 0),
    "zipfian20": (["read", "--distribution", "zipfian", "--depth", "20"], None, 0),
}


def find_db_bench():
    for path in (shutil.which("db_bench"), "/usr/lib/rocksdb/db_bench"):
        if path and os.path.exists(path):
            return path
    raise SystemExit("db_bench is not there: apt-get install rocksdb-tools")


def directory_bytes(directory):
    total = 0
    for folder, _, files in os.walk(directory):
        for name in files:
            try:
                total += os.stat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return total


def run(words, directory, seconds=None):
    """One process to its end, or until so many seconds are over: its output, and what the kernel says it took."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        timer = threading.Timer(RUN_TIMEOUT, process.kill)
        timer.start()
        peak, done, started, is_cut = 0, 0, time.monotonic(), False
        try:
            while done == 0:
                if seconds and not is_cut and time.monotonic() - started > seconds:
                    is_cut = True
                    process.kill()
                done, status, usage = os.wait4(process.pid, os.WNOHANG)
                peak = max(peak, directory_bytes(directory))
                if done == 0:
                    time.sleep(0.25)
        except BaseException:
            process.send_signal(signal.SIGKILL)
            raise
        finally:
            timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        output = log.read().decode(errors="replace")
    if process.returncode != 0 and not is_cut:
        raise SystemExit(f"{' '.join(words)}\n{output[-3000:]}\nended with {process.returncode}")
    return output, {
        "command": " ".join(words),
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "resident_peak_bytes": usage.ru_maxrss * 1024,
        "device_read_bytes": usage.ru_inblock * 512,
        "device_written_bytes": usage.ru_oublock * 512,
        "directory_peak_bytes": peak,
        "directory_bytes": directory_bytes(directory),
    }


def finish(figures, args, writes):
    operations = figures.get("operations_with_warm_up", figures["operations"])
    user = operations * writes * (KEY_BYTES + VALUE_BYTES)
    live = args.records * (KEY_BYTES + VALUE_BYTES)
    figures["cpu_microseconds_per_operation"] = figures["cpu_seconds"] * 1e6 / max(1, operations)
    figures["device_read_bytes_per_operation"] = figures["device_read_bytes"] / max(1, operations)
    figures["write_amplification"] = figures["device_written_bytes"] / user if user else None
    figures["space_amplification"] = figures["directory_bytes"] / live
    figures["space_amplification_peak"] = figures["directory_peak_bytes"] / live
    return figures


def warm_up_rounds(args, test):
    """How often --seconds are run before it is measured."""
    return -(-args.warm_up // args.seconds) if test in WARM else 0


def run_hedge(args, test, directory):
    workload, writes = TESTS[test][0], TESTS[test][2]
    report = os.path.join(args.work, "hedge.json")
    words = [args.hedge, "bench", *workload, "--n", str(args.records), "--key-size", str(KEY_BYTES), "--value-size",
             str(VALUE_BYTES), "--dir", directory, "--maxmemory", f"{args.memory_mb}mb",
             *([] if "--cores" in workload else ["--cores", "1"]), "--appendfsync", "no", "--check", "value",
             "--json", report, *args.hedge_options.split()]
    if test != "load":
        words += ["--use-existing", "--seconds", str(args.seconds)]
    if warm_up_rounds(args, test):
        words += ["--warm-up", str(warm_up_rounds(args, test) * args.seconds)]
    _, figures = run(words, directory)
    with open(report) as f:
        phases = json.load(f)
    main = next(p for p in phases["phases"] if p["name"] == workload[0])
    figures["operations"] = main["operations"]
    figures["operations_per_second"] = main["operationsPerSecond"]
    figures["seconds"] = main["seconds"]
    figures["operations_with_warm_up"] = sum(p["operations"] for p in phases["phases"] if p["name"] in ("warm-up", workload[0]))
    figures["report"] = phases
    return finish(figures, args, writes)


def rocksdb_stats(output):
    """Gigabytes since the database was opened, from db_bench's "stats"."""
    found = {}
    for name, pattern in (("flush_gb", r"Flush\(GB\): cumulative ([\d.]+)"),
                          ("compaction_written_gb", r"Cumulative compaction: ([\d.]+) GB write"),
                          ("compaction_read_gb", r"Cumulative compaction: .*?([\d.]+) GB read"),
                          ("wal_gb", r"Cumulative WAL: .*?written: ([\d.]+) GB"),
                          ("stall_percent", r"Cumulative stall: \S+ H:M:S, ([\d.]+) percent")):
        match = re.search(pattern, output)
        if match:
            found[name] = float(match.group(1))
    return found


def zipfian_ranks(count, theta, draws, random):
    """Ranks from 0 on, by the method of Gray et al. (1994) that hedge bench and YCSB use too."""
    power, summed = 1 - theta, min(count, 1_000_000)
    zeta = sum(i ** -theta for i in range(1, summed + 1))
    zeta += (count ** power - summed ** power) / power + (count ** -theta - summed ** -theta) / 2
    second = 1 + 0.5 ** theta
    eta = (1 - (2 / count) ** power) / (1 - second / zeta)
    for _ in range(draws):
        u = random()
        scaled = u * zeta
        yield 0 if scaled < 1 else 1 if scaled < second else min(count - 1, int(count * (eta * u - eta + 1) ** (1 / power)))


def write_trace(path, args, draws):
    """A trace of zipfian reads in RocksDB's format: header, one GET of the default column family each, footer."""
    stride = int(args.records * 0.6180339887)
    while math.gcd(stride, args.records) != 1:
        stride += 1

    def entry(kind, payload):
        return struct.pack("<QBI", 1, kind, len(payload)) + payload

    # A GET's payload: bits for the two things that follow, the family, the key with its length (below 128).
    head = struct.pack("<QIB", 1 << 2 | 1 << 3, 0, KEY_BYTES)
    head = struct.pack("<QBI", 1, 4, len(head) + KEY_BYTES) + head
    rest = b"0" * (KEY_BYTES - 8)
    with open(path, "wb") as f:
        f.write(entry(1, b"feedcafedeadbeef\tTrace Version: 0.2\tRocksDB Version: 7.8\tFormat: Timestamp OpType Payload\n"))
        for rank in zipfian_ranks(args.records, 0.99, draws, random.Random(1).random):
            f.write(head + (rank * stride % args.records).to_bytes(8, "big") + rest)
        f.write(entry(2, b""))


def run_replay(args, words, directory, test):
    """db_bench over a trace that lasts longer than it is let run. It counts in its log, every few seconds."""
    warm, period = warm_up_rounds(args, test) * args.seconds, 2
    trace = os.path.join(args.work, "zipfian.trace")
    write_trace(trace, args, REPLAYED_PER_SECOND * (warm + args.seconds + 3 * period))
    words = [w for w in words if not w.startswith("--duration")]
    words += [f"--trace_file={trace}", "--trace_replay_threads=2", "--trace_replay_fast_forward=1000000", "--threads=1",
              "--statistics", f"--stats_dump_period_sec={period}", "--num_column_families=2"]
    try:
        _, figures = run(words, directory, warm + args.seconds + 3 * period)
        counts = replayed(os.path.join(directory, "LOG"))
    finally:
        os.remove(trace)
        # Only with several column families does db_bench have the list of them that a replay needs; its other benchmarks
        # could not open a database that has a second one.
        subprocess.run([args.ldb, f"--db={directory}", "drop_column_family", "column_family_name_000001"], check=True,
                       capture_output=True)
    first = next(c for c in counts if c[0] >= counts[0][0] + warm - period)
    last = next((c for c in counts if c[0] >= first[0] + args.seconds - period), counts[-1])
    figures["seconds"] = last[0] - first[0]
    figures["operations"] = last[1] - first[1]
    figures["operations_with_warm_up"] = last[1]
    figures["operations_per_second"] = figures["operations"] / figures["seconds"]
    figures["stats"], figures["warnings"] = {}, []
    return finish(figures, args, 0)


def replayed(log):
    """How many keys had been read at which moments, by the statistics in RocksDB's log."""
    counts, moment = [], None
    with open(log, errors="replace") as f:
        for line in f:
            stamp = re.match(r"(\d+/\d+/\d+-\d+:\d+:\d+)(\.\d+)", line)
            if stamp:
                moment = time.mktime(time.strptime(stamp.group(1), "%Y/%m/%d-%H:%M:%S")) + float(stamp.group(2))
            if line.startswith("rocksdb.number.keys.read COUNT"):
                counts.append((moment, int(line.split()[-1])))
    return counts


def run_rocksdb(args, test, directory):
    (benchmarks, *more), writes = TESTS[test][1], TESTS[test][2]
    benchmarks = ",".join([benchmarks] + ["readrandom"] * warm_up_rounds(args, test)) if benchmarks != REPLAY else REPLAY
    buffers = args.memory_mb / 3
    words = [args.db_bench, f"--benchmarks={benchmarks}", f"--db={directory}", f"--num={args.records}",
             f"--key_size={KEY_BYTES}", f"--value_size={VALUE_BYTES}", "--compression_type=none", "--bloom_bits=10",
             f"--write_buffer_size={int(buffers / 4 * 2**20)}", "--max_write_buffer_number=4",
             f"--cache_size={int((args.memory_mb - buffers) * 2**20)}", "--max_background_jobs=2",
             "--compaction_style=1", "--universal_size_ratio=10", "--universal_min_merge_width=4",
             "--level0_file_num_compaction_trigger=4", "--level0_slowdown_writes_trigger=20",
             "--level0_stop_writes_trigger=36", "--use_direct_reads=true",
             "--use_direct_io_for_flush_and_compaction=true", "--compaction_readahead_size=2097152",
             "--disable_wal=false", "--sync=false", "--verify_checksum=true", "--seed=1", *more,
             *args.rocksdb_options.split()]
    if test != "load":
        words += ["--use_existing_db=true", f"--duration={args.seconds}"]
    if benchmarks == REPLAY:
        return run_replay(args, words, directory, test)
    output, figures = run(words, directory)
    name = benchmarks.split(",")[0]
    matches = list(re.finditer(rf"^{name}\s*:.*?([\d.]+) ops/sec ([\d.]+) seconds (\d+) operations", output, re.M))
    if len(matches) != 1 + warm_up_rounds(args, test):
        raise SystemExit(f"db_bench's output is not understood:\n{output[-3000:]}")
    match = matches[-1]
    figures["operations_with_warm_up"] = sum(int(m.group(3)) for m in matches)
    figures["operations_per_second"] = float(match.group(1))
    figures["seconds"] = float(match.group(2))
    figures["operations"] = int(match.group(3))
    figures["stats"] = rocksdb_stats(output)
    figures["warnings"] = re.findall(r"^WARNING: (.+)$", output, re.M)
    return finish(figures, args, writes)


def show(test, round_number, pair):
    print(f"\n{test}, round {round_number}")
    for name in ("hedge", "rocksdb"):
        if name not in pair:
            continue
        f = pair[name]
        amplification = f"{f['write_amplification']:6.2f}" if f["write_amplification"] else "     -"
        print(f"  {name:8} {f['operations_per_second']:12,.0f} ops/s  CPU {f['cpu_microseconds_per_operation']:7.2f} µs/op  "
              f"read {f['device_read_bytes_per_operation']:7.0f} B/op  writes x{amplification}  "
              f"space x{f['space_amplification']:.2f} (peak {f['space_amplification_peak']:.2f})  "
              f"resident {f['resident_peak_bytes'] >> 20} MiB")
    if "rocksdb" in pair:
        print(f"  ratio    {pair['throughput_ratio']:12.2f} of RocksDB's throughput, {pair['cpu_ratio']:.2f} of its CPU per "
              "operation", flush=True)
    else:
        print("  no ratio: db_bench has no such test", flush=True)


def machine():
    model = "?"
    with open("/proc/cpuinfo") as f:
        match = re.search(r"model name\s*: (.*)", f.read())
        model = match.group(1) if match else platform.machine()
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty", "--abbrev=9"], capture_output=True,
                            text=True, check=False).stdout.strip()
    return {"processor": model, "processors": os.cpu_count(), "kernel": platform.release(), "commit": commit,
            "date": time.strftime("%Y-%m-%d %H:%M")}


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", choices=sorted(SIZES), default="quick")
    parser.add_argument("--records", type=int, help="instead of the size's")
    parser.add_argument("--memory-mb", type=int, help="instead of the size's")
    parser.add_argument("--seconds", type=int, default=30, help="of every test but load")
    parser.add_argument("--warm-up", type=int, default=60, help="seconds before a skewed or zipfian test is measured; 0 for none")
    parser.add_argument("--data", help="a directory whose data is used, or loaded when it is not there yet, and kept; one round")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--tests", default=",".join(TESTS), help=f"of {','.join(TESTS)}; load always comes first")
    parser.add_argument("--folder", default=tempfile.gettempdir(), help="where the data directories are made")
    parser.add_argument("--hedge-options", default="", help="more words for hedge bench")
    parser.add_argument("--rocksdb-options", default="", help="more words for db_bench")
    parser.add_argument("--out", default=os.path.join(ROOT, "artifacts", "figures", "engine-benchmark.json"))
    args = parser.parse_args()
    records, memory = SIZES[args.size]
    args.records = args.records or records
    args.memory_mb = args.memory_mb or memory
    args.tests = ["load"] + [t for t in args.tests.split(",") if t != "load"]
    unknown = [t for t in args.tests if t not in TESTS]
    if unknown:
        parser.error(f"no such test: {', '.join(unknown)}; allowed: {', '.join(TESTS)}")
    args.hedge = os.path.join(ROOT, "artifacts", "bin", "Hedge.Host", "release", "hedge")
    if not os.path.exists(args.hedge):
        parser.error("no Release build of Hedge: dotnet build -c Release")
    args.db_bench = find_db_bench()
    args.ldb = shutil.which("ldb")
    if "zipfian-2t" in args.tests and not args.ldb:
        parser.error("zipfian-2t needs ldb, from rocksdb-tools")
    if args.data and args.rounds > 1:
        parser.error("--data: rounds of the same data would not be alike")
    return args


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    results = {"machine": machine(), "command": " ".join(sys.argv), "records": args.records, "memory_mb": args.memory_mb,
               "key_bytes": KEY_BYTES, "value_bytes": VALUE_BYTES, "rounds": []}
    programs = {"hedge": run_hedge, "rocksdb": run_rocksdb}
    warnings = set()
    for number in range(1, args.rounds + 1):
        args.work = args.data or tempfile.mkdtemp(prefix="hedge-engine-", dir=args.folder)
        try:
            result = {}
            for i, test in enumerate(args.tests):
                pair = {}
                order = sorted(programs, reverse=(i + number) % 2 == 0)
                for name in order:
                    if TESTS[test][1] is None and name == "rocksdb":
                        continue
                    directory = os.path.join(args.work, name)
                    os.makedirs(directory, exist_ok=True)
                    if test == "load" and args.data and os.listdir(directory):
                        continue
                    pair[name] = programs[name](args, test, directory)
                if len(pair) < len(order) and TESTS[test][1] is not None:
                    continue
                if "rocksdb" in pair:
                    hedge, rocksdb = pair["hedge"], pair["rocksdb"]
                    pair["throughput_ratio"] = hedge["operations_per_second"] / rocksdb["operations_per_second"]
                    pair["cpu_ratio"] = (hedge["cpu_microseconds_per_operation"]
                                         / rocksdb["cpu_microseconds_per_operation"])
                    warnings.update(rocksdb["warnings"])
                pair["first"] = order[0]
                show(test, number, pair)
                result[test] = pair
            results["rounds"].append(result)
        finally:
            if not args.data:
                shutil.rmtree(args.work, ignore_errors=True)
        results["warnings"] = sorted(warnings)
        os.makedirs(os.path.dirname(args.out), exist_ok=True)
        with open(args.out, "w") as f:
            json.dump(results, f, indent=1)
    if args.rounds > 1:
        print("\nmedians of the rounds")
        for test in args.tests:
            if TESTS[test][1] is not None:
                ratios = [[r[test][k] for r in results["rounds"]] for k in ("throughput_ratio", "cpu_ratio")]
                print(f"  {test:10} throughput {statistics.median(ratios[0]):.2f}, CPU {statistics.median(ratios[1]):.2f}")
    for warning in sorted(warnings):
        print(f"db_bench says: {warning}")
    print(f"{args.out}")


if __name__ == "__main__":
    main()
