#!/usr/bin/env python3
"""How long backups and restores take, and what they cost other clients.

    backup-benchmark.py HEDGE_PROGRAM DIRECTORY OTHER_DIRECTORY [KEYS]

Fills a server with KEYS (5 million) strings of about 200 bytes and a value of 4 KiB for each fiftieth, with maxmemory 256mb. Then a
backup into the data directory's file system (files are linked), one into OTHER_DIRECTORY, which should be another file system
(files are copied), one after a hundredth of the keys was written again, and restores, with and without check. Beside each backup a
client does GETs of random keys: prints their p50, p99 and longest wait, without a backup and during it, and the most memory.
Last, redis-benchmark's SETs with backup-logs no and yes, in turn, five times: the ratio and its range.
The machine should have nothing else to do. Both directories are made and deleted.
"""
import os
import random
import shutil
import statistics
import subprocess
import sys
import threading
import time

from resp_client import Client, command

PORT = 7411


def start(program, data, *settings):
    words = [program, "--port", str(PORT), "--dir", data, "--maxmemory", "256mb", "--save", "", *settings]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    for _ in range(600):
        try:
            client = Client(PORT)
            client.ask(b"PING")
            return process, client
        except OSError:
            time.sleep(0.1)
    sys.exit("the server does not start")


def stop(process):
    process.terminate()
    process.wait()


def fill(client, first, last):
    for at in range(first, last, 1000):
        requests = []
        for i in range(at, min(at + 1000, last)):
            value = b"value %d " % i * (16 + i % 5) if i % 50 else b"%d" % i * 600
            requests.append(command(b"SET", b"key:%d" % i, value))
        client.socket.sendall(b"".join(requests))
        for _ in requests:
            client.reply()


class Reader(threading.Thread):
    """GETs of random keys, one at a time, and how long each took."""

    def __init__(self, keys):
        super().__init__(daemon=True)
        self.keys, self.waits, self.ended = keys, [], threading.Event()
        self.start()

    def run(self):
        client = Client(PORT)
        while not self.ended.is_set():
            key = b"key:%d" % random.randrange(self.keys)
            begin = time.perf_counter()
            client.ask(b"GET", key)
            self.waits.append((time.perf_counter() - begin) * 1000)

    def end(self):
        self.ended.set()
        self.join()
        waits = sorted(self.waits)
        at = [waits[int(len(waits) * share)] for share in (0.5, 0.99)] + [waits[-1]]
        return " / ".join(f"{wait:.2f}" for wait in at) + f" ms ({len(waits)} GETs)"


def resident(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return max(int(line.split()[1]) for line in status if line.startswith(("VmHWM", "VmRSS"))) / 1024


def back_up(program, keys, name):
    reader = Reader(keys)
    begin = time.perf_counter()
    run = subprocess.run([program, "backup", "--server", f"127.0.0.1:{PORT}", "--name", name, "--quiet"],
                         capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - begin
    told = dict(line.split(": ") for line in run.stdout.splitlines())
    if run.returncode:
        sys.exit(run.stderr)
    size, new = int(told["bytes"]) / 1e6, int(told["new-bytes"]) / 1e6
    print(f"backup {name}: {seconds:.1f} s, {size:.0f} MB, of these {new:.0f} MB new; GETs meanwhile {reader.end()}", flush=True)


def restore(program, source, target, *words):
    begin = time.perf_counter()
    run = subprocess.run([program, "restore", source, target, "--quiet", *words], capture_output=True, text=True, check=False)
    print(f"restore {' '.join(words)}: {time.perf_counter() - begin:.1f} s, exit code {run.returncode} {run.stderr}", flush=True)
    shutil.rmtree(target)


def sets(program, data, logs):
    process, _ = start(program, data, "--backup-logs", logs)
    words = ["redis-benchmark", "-p", str(PORT), "-t", "set", "-n", "2000000", "-r", "1000000", "-d", "100", "-P", "16", "--csv"]
    line = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()[-1]
    stop(process)
    shutil.rmtree(data)
    return float(line.split(",")[1].strip('"'))


def main():
    program, directory, other = (os.path.abspath(word) for word in sys.argv[1:4])
    keys = int(sys.argv[4]) if len(sys.argv) > 4 else 5_000_000
    data = f"{directory}/data"
    for each in (directory, other):
        os.makedirs(each)
    try:
        process, client = start(program, data, "--backup-rate", "0")
        fill(client, 0, keys)
        client.ask(b"SAVE")
        time.sleep(20)
        reader = Reader(keys)
        time.sleep(10)
        print(f"GETs without a backup {reader.end()}")
        back_up(program, keys, "linked")
        fill(client, 0, keys // 100)
        back_up(program, keys, "next")
        stop(process)
        process, client = start(program, data, "--backup-rate", "0", "--backup-dir", other)
        back_up(program, keys, "copied")
        client.ask(b"CONFIG", b"SET", b"backup-rate", b"100mb")
        fill(client, 0, keys // 10)
        back_up(program, keys, "slow")
        print(f"resident at most {resident(process):.0f} MiB")
        stop(process)
        restore(program, f"{other}/slow", f"{directory}/restored", "--no-check")
        restore(program, f"{other}/slow", f"{directory}/restored")
        restore(program, f"{data}/backup/next", f"{directory}/restored", "--link", "--no-check")
        shutil.rmtree(data)
        ratios = []
        for _ in range(5):
            without = sets(program, data, "no")
            ratios.append(sets(program, data, "yes") / without)
            print(f"SETs with backup-logs yes: {ratios[-1]:.2f} of without", flush=True)
        print(f"median {statistics.median(ratios):.2f} [{min(ratios):.2f}-{max(ratios):.2f}]")
    finally:
        for each in (directory, other):
            shutil.rmtree(each, ignore_errors=True)


if __name__ == "__main__":
    main()
