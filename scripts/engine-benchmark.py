#!/usr/bin/env python3
"""Measures Hedge's storage engine against RocksDB on this machine, alternately, and writes every figure to a JSON file.

    scripts/engine-benchmark.py                          # 2 million records, about ten minutes
    scripts/engine-benchmark.py --size full              # 20 million records, 800 MB of memory
    scripts/engine-benchmark.py --tests load,read20 --seconds 10 --rounds 3
    scripts/engine-benchmark.py --size full --tests skewed-2t --data /tmp/data    # keeps what it loads there for the next time

Needs a Release build of Hedge (dotnet build -c Release) and builds scripts/rocksdb-bench, which runs RocksDB's own release
build (package RocksDB) with the same keys, values and laws as "hedge bench". Python's own library only. docs/benchmarks.md says
what to keep in mind when reading the figures.

How it is measured
  work        24-byte keys, 100-byte values that do not compress, a log that is written and not synced, one process at a time.
              Each program has a directory of its own; "load" fills it, and the other tests use it in their order. Hedge's
              has all compactions done at its end ("drain", whose time is shown beside); RocksDB may have some left to do.
              The programs take turns, and who is first changes from test to test.
  memory      the same sum: Hedge's --maxmemory; RocksDB's write buffers (four, a third of it) and block cache (the rest).
              RocksDB's filters and indices come on top. The most each process took is shown.
  warm-up     before skewed and zipfian reads are measured, both programs do the same reads for --warm-up seconds (60; 0 for cold
              caches), each in the process that is then measured. CPU and bytes per operation are of the whole process, hence of
              the warming too.
  ops/s       as each program says, for the time of the operations alone.
  CPU per op  user and system time of the whole process (wait4), opening, compiling and closing included, per operation.
  bytes       the kernel's count of what the process read from and wrote to the device (wait4); write amplification is that
              per byte of keys and values written. Log segments that Hedge fills with zeros once are in it.
  space       most bytes of the directory's files on disk, in looks a quarter of a second apart, and those at the end.

Every process is bounded in time and ended with the script.
"""
import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
KEY_BYTES = 24
VALUE_BYTES = 100
SIZES = {"quick": (2_000_000, 128), "full": (20_000_000, 800)}
RUN_TIMEOUT = 3600

# rank = n * exp(-u * range), u uniform. With 16.3 the hottest 1 % of 20 million keys gets 71.7 % of the reads and the hottest
# 10 % gets 85.9 %; with zipfian 0.99 it is 71.8 and 85.7 %.
EXPONENTIAL = ["--distribution", "exponential", "--exp-range", "16.3"]
ZIPFIAN = ["--distribution", "zipfian"]
# A thread of Hedge keeps its depth of reads in flight where a thread of RocksDB blocks: two threads each, each its own way.
TWO_THREADS = ["--cores", "2", "--depth", "64"]
HALF = ["--reads", "50"]

# name: (workload and options of both, Hedge's own, threads of RocksDB, operations that write per operation)
TESTS = {
    "load": (["load"], ["--drain"], 1, 1),
    "read2": (["read"], ["--depth", "2"], 2, 0),
    "read20": (["read"], ["--depth", "20"], 20, 0),
    "read-2t": (["read"], TWO_THREADS, 2, 0),
    "mixed20": (["mixed", *HALF], ["--depth", "20"], 20, 0.5),
    "mixed-2t": (["mixed", *HALF], TWO_THREADS, 2, 0.5),
    "overwrite": (["update"], [], 1, 1),
    "skewed20": (["read", *EXPONENTIAL], ["--depth", "20"], 20, 0),
    "skewed-2t": (["read", *EXPONENTIAL], TWO_THREADS, 2, 0),
    "zipfian20": (["read", *ZIPFIAN], ["--depth", "20"], 20, 0),
    "zipfian-2t": (["read", *ZIPFIAN], TWO_THREADS, 2, 0),
}


def directory_bytes(directory):
    total = 0
    for folder, _, files in os.walk(directory):
        for name in files:
            try:
                total += os.stat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return total


def run(words, directory):
    """One process to its end: its output, and what the kernel says it took."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        timer = threading.Timer(RUN_TIMEOUT, process.kill)
        timer.start()
        peak, done = 0, 0
        try:
            while done == 0:
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
    if process.returncode != 0:
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


def warm_up(args, test):
    return args.warm_up if test.startswith(("skewed", "zipfian")) else 0


def run_hedge(args, test, directory):
    workload, own, _, writes = TESTS[test]
    report = os.path.join(args.work, "hedge.json")
    words = [args.hedge, "bench", *workload, *own, "--n", str(args.records), "--key-size", str(KEY_BYTES), "--value-size",
             str(VALUE_BYTES), "--dir", directory, "--maxmemory", f"{args.memory_mb}mb",
             *([] if "--cores" in own else ["--cores", "1"]), "--appendfsync", "no", "--check", "value",
             "--json", report, *args.hedge_options.split()]
    if test != "load":
        words += ["--use-existing", "--seconds", str(args.seconds)]
    if warm_up(args, test):
        words += ["--warm-up", str(warm_up(args, test))]
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


def rocksdb_stats(text):
    """Gigabytes since the database was opened, from RocksDB's "rocksdb.stats"."""
    found = {}
    for name, pattern in (("flush_gb", r"Flush\(GB\): cumulative ([\d.]+)"),
                          ("compaction_written_gb", r"Cumulative compaction: ([\d.]+) GB write"),
                          ("compaction_read_gb", r"Cumulative compaction: .*?([\d.]+) GB read"),
                          ("wal_gb", r"Cumulative WAL: .*?written: ([\d.]+) GB"),
                          ("stall_percent", r"Cumulative stall: \S+ H:M:S, ([\d.]+) percent")):
        match = re.search(pattern, text)
        if match:
            found[name] = float(match.group(1))
    return found


def rocksdb_options(args):
    buffers = args.memory_mb / 3
    options = {
        "create_if_missing": "true", "compression": "kNoCompression", "write_buffer_size": int(buffers / 4 * 2**20),
        "max_write_buffer_number": 4, "max_background_jobs": 2, "compaction_style": "kCompactionStyleUniversal",
        "compaction_options_universal": "{size_ratio=10;min_merge_width=4}", "level0_file_num_compaction_trigger": 4,
        "level0_slowdown_writes_trigger": 20, "level0_stop_writes_trigger": 36, "use_direct_reads": "true",
        "use_direct_io_for_flush_and_compaction": "true", "compaction_readahead_size": 2097152,
        "block_based_table_factory": "{filter_policy=bloomfilter:10:false;block_cache="
                                     f"{int((args.memory_mb - buffers) * 2**20)}}}",
    }
    return ";".join(f"{name}={value}" for name, value in options.items()) + ";" + args.rocksdb_options


def run_rocksdb(args, test, directory):
    workload, _, threads, writes = TESTS[test]
    words = [args.rocksdb, *workload, "--dir", directory, "--options", rocksdb_options(args), "--n", str(args.records),
             "--threads", str(threads), "--seconds", str(args.seconds), "--warm-up", str(warm_up(args, test)), "--key-size",
             str(KEY_BYTES), "--value-size", str(VALUE_BYTES)]
    output, figures = run(words, directory)
    result = json.loads(output.splitlines()[-1])
    figures["operations"] = int(result["measured-operations"])
    figures["seconds"] = float(result["measured-seconds"])
    figures["operations_per_second"] = figures["operations"] / figures["seconds"]
    figures["operations_with_warm_up"] = figures["operations"] + int(result.get("warm-up-operations", 0))
    figures["stats"] = rocksdb_stats(result["stats"])
    return finish(figures, args, writes)


def show(test, round_number, pair):
    print(f"\n{test}, round {round_number}")
    for name in ("hedge", "rocksdb"):
        f = pair[name]
        amplification = f"{f['write_amplification']:6.2f}" if f["write_amplification"] else "     -"
        print(f"  {name:8} {f['operations_per_second']:12,.0f} ops/s  CPU {f['cpu_microseconds_per_operation']:7.2f} µs/op  "
              f"read {f['device_read_bytes_per_operation']:7.0f} B/op  writes x{amplification}  "
              f"space x{f['space_amplification']:.2f} (peak {f['space_amplification_peak']:.2f})  "
              f"resident {f['resident_peak_bytes'] >> 20} MiB")
    print(f"  ratio    {pair['throughput_ratio']:12.2f} of RocksDB's throughput, {pair['cpu_ratio']:.2f} of its CPU per "
          "operation", flush=True)


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
    parser.add_argument("--rocksdb-options", default="", help="more of RocksDB's options, as a=b;c=d")
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
    project = os.path.join(ROOT, "scripts", "rocksdb-bench")
    subprocess.run(["dotnet", "build", project, "-c", "Release", "-v", "quiet"], check=True)
    args.rocksdb = os.path.join(ROOT, "artifacts", "bin", "rocksdb-bench", "release", "rocksdb-bench")
    if args.data and args.rounds > 1:
        parser.error("--data: rounds of the same data would not be alike")
    return args


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    results = {"machine": machine(), "command": " ".join(sys.argv), "records": args.records, "memory_mb": args.memory_mb,
               "key_bytes": KEY_BYTES, "value_bytes": VALUE_BYTES, "rounds": []}
    programs = {"hedge": run_hedge, "rocksdb": run_rocksdb}
    for number in range(1, args.rounds + 1):
        args.work = args.data or tempfile.mkdtemp(prefix="hedge-engine-", dir=args.folder)
        try:
            result = {}
            for i, test in enumerate(args.tests):
                pair = {}
                order = sorted(programs, reverse=(i + number) % 2 == 0)
                for name in order:
                    directory = os.path.join(args.work, name)
                    os.makedirs(directory, exist_ok=True)
                    if test == "load" and args.data and os.listdir(directory):
                        continue
                    pair[name] = programs[name](args, test, directory)
                if len(pair) < len(order):
                    continue
                hedge, rocksdb = pair["hedge"], pair["rocksdb"]
                pair["throughput_ratio"] = hedge["operations_per_second"] / rocksdb["operations_per_second"]
                pair["cpu_ratio"] = hedge["cpu_microseconds_per_operation"] / rocksdb["cpu_microseconds_per_operation"]
                pair["first"] = order[0]
                show(test, number, pair)
                result[test] = pair
            results["rounds"].append(result)
        finally:
            if not args.data:
                shutil.rmtree(args.work, ignore_errors=True)
        os.makedirs(os.path.dirname(args.out), exist_ok=True)
        with open(args.out, "w") as f:
            json.dump(results, f, indent=1)
    if args.rounds > 1:
        print("\nmedians of the rounds")
        for test in args.tests:
            ratios = [[r[test][k] for r in results["rounds"]] for k in ("throughput_ratio", "cpu_ratio")]
            print(f"  {test:10} throughput {statistics.median(ratios[0]):.2f}, CPU {statistics.median(ratios[1]):.2f}")
    print(f"{args.out}")


if __name__ == "__main__":
    main()
