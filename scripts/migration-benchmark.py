#!/usr/bin/env python3
"""How long keys of mixed types take from redis-server to Hedge and back, beside redis-server's own save and load.

    migration-benchmark.py HEDGE_PROGRAM DIRECTORY [KEYS [HEDGE_SETTING VALUE]...]

Makes KEYS keys (10 million) in a redis-server: half strings, the others lists, hashes, sets, sorted sets and
streams. Then, one after the other: SAVE, a start of redis-server with that file, "hedge import" into a running
server, "hedge export" from it, and a start of redis-server with the file that came back. Prints seconds, MB of
the file per second, the most memory of each process (without mapped files), and whether both Redis have the same DEBUG DIGEST.
The machine should have nothing else to do. DIRECTORY is made and deleted.
"""
import os
import shutil
import subprocess
import sys
import threading
import time

from resp_client import Client

MAKE = b"""
local from, to = tonumber(ARGV[1]), tonumber(ARGV[2])
for i = from, to - 1 do
  local kind, k = i % 20, 'key:' .. i
  if kind < 10 then redis.call('SET', k, string.rep(string.char(97 + i % 26), 20 + i % 90) .. i)
  elseif kind < 12 then for j = 1, 8 do redis.call('HSET', k, 'field' .. j, 'value ' .. (i * j)) end
  elseif kind < 14 then for j = 1, 10 do redis.call('RPUSH', k, 'element ' .. (i + j)) end
  elseif kind < 16 then for j = 1, 8 do redis.call('SADD', k, 'member ' .. (i * 7 + j)) end
  elseif kind < 18 then for j = 1, 8 do redis.call('ZADD', k, i + j / 8, 'member ' .. j) end
  elseif kind < 19 then for j = 1, 4 do redis.call('XADD', k, j .. '-1', 'a', i, 'b', 'text ' .. j) end
  else redis.call('SET', k, i, 'PX', 1000000000 + i) end
end
"""


class Peak(threading.Thread):
    """The most memory of its own that a process had, without mapped files, in MiB."""

    def __init__(self, process):
        super().__init__(daemon=True)
        self.process, self.most, self.ended = process, 0, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.05):
            try:
                with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
                    for line in status:
                        if line.startswith("RssAnon:"):
                            self.most = max(self.most, int(line.split()[1]) / 1024)
            except OSError:
                return

    def end(self):
        self.ended.set()
        return self.most


def start(words, port):
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    begun = time.monotonic()
    while True:
        try:
            client = Client(port)
            client.socket.sendall(b"PING\r\n")
            if client.replies.readline() == b"+PONG\r\n":
                return process, client, time.monotonic() - begun
        except ConnectionRefusedError:
            pass
        if process.poll() is not None:
            raise SystemExit(f"{words[0]} has ended")
        time.sleep(0.01)


def redis(directory, port):
    os.makedirs(directory, exist_ok=True)
    return start(["redis-server", "--port", str(port), "--dir", directory, "--save", "",
                  "--enable-debug-command", "local"], port)


def tell(what, seconds, size, most=None):
    memory = "" if most is None else f", at most {most:,.0f} MiB of memory"
    print(f"{what:<34}{seconds:8.1f} s{size / seconds / 1e6:8.1f} MB/s{memory}", flush=True)


def tool(what, words, size_of):
    begun = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    peak = Peak(process)
    if process.wait() != 0:
        raise SystemExit(f"{what} ended with {process.returncode}")
    tell(what, time.monotonic() - begun, size_of(), peak.end())


def main():
    hedge, directory = sys.argv[1:3]
    keys = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000_000
    settings = sys.argv[4:]
    os.makedirs(directory)
    running = []
    try:
        first = os.path.join(directory, "first")
        process, client, _ = redis(first, 21101)
        running.append(process)
        for i in range(0, keys, 10_000):
            client.ask(b"EVAL", MAKE, b"0", b"%d" % i, b"%d" % min(keys, i + 10_000))
        begun = time.monotonic()
        client.ask(b"SAVE")
        file = os.path.join(first, "dump.rdb")
        size = os.path.getsize(file)
        print(f"{keys:,} keys, {size / 1e6:,.0f} MB")
        tell("redis-server: SAVE", time.monotonic() - begun, size)
        digest = client.ask(b"DEBUG", b"DIGEST")
        process.terminate()
        process.wait()
        process, client, seconds = redis(first, 21102)
        running.append(process)
        tell("redis-server: load", seconds, size)
        process.terminate()
        process.wait()

        server, client, _ = start([hedge, "--port", "21103", "--dir", os.path.join(directory, "hedge"), *settings],
                                  21103)
        running.append(server)
        peak = Peak(server)
        tool("hedge import", [hedge, "import", file, "--server", "127.0.0.1:21103", "--quiet"], lambda: size)
        print(f"  the server: at most {peak.end():,.0f} MiB of memory; keys: {client.ask(b'DBSIZE').decode()}")
        back = os.path.join(directory, "back")
        os.makedirs(back)
        target = os.path.join(back, "dump.rdb")
        peak = Peak(server)
        tool("hedge export", [hedge, "export", "--rdb", target, "--server", "127.0.0.1:21103", "--quiet"],
             lambda: os.path.getsize(target))
        print(f"  the server: at most {peak.end():,.0f} MiB of memory")
        server.terminate()
        server.wait()
        process, client, seconds = redis(back, 21104)
        running.append(process)
        tell("redis-server: load what came back", seconds, os.path.getsize(target))
        print("the same as before:", client.ask(b"DEBUG", b"DIGEST") == digest)
    finally:
        for process in running:
            process.kill()
            process.wait()
        shutil.rmtree(directory)


main()
