#!/usr/bin/env python3
"""Does to Hedge, and to redis-server beside it, what hostile or careless clients do, and measures what others feel of it.

    scripts/hostile.py                                  # every row, Hedge with one core, and redis-server
    scripts/hostile.py cold-pipeline keys --cores 1,2,4 # some rows, several numbers of cores
    scripts/hostile.py load --no-redis --against DIR    # also another build of Hedge: the folder that holds its hedge.dll

Of each row it tells how long the client's work took, the longest time that a PING every 5 milliseconds of another client
waited for its answer meanwhile, the most memory that was resident, and how long the server took to end on SIGTERM. Rows
"container-…" run in a control group with 512 MB of memory and the default maxmemory; they tell whether the server was killed,
and need root and a writable control group (version 1 or 2). "Cold": the server has been started anew on its data.

Needs redis-server and a Release build of Hedge. Results: artifacts/figures/hostile.json. Every row is bounded in time; a
server that does not answer within --timeout seconds is killed, and the row says so.
"""
import argparse
import json
import multiprocessing
import os
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import benchmark

MIB = 1 << 20
PROBE_SECONDS = 0.005
CONTAINER_BYTES = 512 * MIB
STEP = 7919  # From one key that is read to the next, so that neighbours lie in different blocks.


class TookTooLong(Exception):
    pass


def request(*words):
    words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


class Client:
    """A connection that counts whole replies, and whose sending and receiving do not wait for each other."""

    def __init__(self, server, timeout):
        self.socket = socket.create_connection(("127.0.0.1", server.port), 30)
        self.socket.setblocking(False)
        self.deadline = time.monotonic() + timeout
        self.unread = b""
        self.need = 0

    def run(self, data, replies, is_array=False):
        """Sends the bytes, a bytes object or an iterator of some, and reads that many replies; returns the error replies.
        An error in the place of an array is all there is."""
        pieces = iter([data]) if isinstance(data, bytes) else iter(data)
        left = memoryview(next(pieces))
        errors = []
        seen = 0
        while (seen < replies and not (is_array and errors)) or left is not None:
            writers = [self.socket] if left is not None else []
            wait = self.deadline - time.monotonic()
            if wait <= 0:
                raise TookTooLong(f"{seen} of {replies} replies")
            ready, writable, _ = select.select([self.socket], writers, [], wait)
            if writable:
                sent = self.socket.send(left[:MIB])
                left = left[sent:]
                if not left:
                    piece = next(pieces, None)
                    left = None if piece is None else memoryview(piece)
            if ready:
                received = self.socket.recv(4 * MIB)
                if not received:
                    raise ConnectionError(f"closed after {seen} of {replies} replies")
                seen += self.count(received, errors)
        return errors

    def count(self, received, errors):
        """Whole top-level replies; an array's header and each of its elements count as one."""
        seen = 0
        if self.need >= len(received):
            self.need -= len(received)
            if self.need == 0:
                seen += 1
            return seen
        data = self.unread + received[self.need:] if self.need else self.unread + received
        seen += 1 if self.need else 0
        self.need, at = 0, 0
        if data[:1] == b"+" and data[-2:] == b"\r\n" and not any(c in data for c in (b"\r\n-", b"\r\n$", b"\r\n*")):
            self.unread = b""
            return seen + data.count(b"\r\n")
        while at < len(data):
            end = data.find(b"\r\n", at)
            if end < 0:
                break
            kind = data[at:at + 1]
            if kind == b"-":
                errors.append(data[at:end].decode(errors="replace"))
            if kind == b"$" and data[at + 1:at + 2] != b"-":
                last = end + 2 + int(data[at + 1:end]) + 2
                if last > len(data):
                    self.need = last - len(data)
                    self.unread = b""
                    return seen
                at = last
            else:
                at = end + 2
            seen += 1
        self.unread = data[at:]
        return seen

    def close(self):
        self.socket.close()


def probe(port, pipe):
    """Process: PINGs until told to stop, then tells the longest wait in seconds, and how many there were."""
    longest, count = 0.0, 0
    with socket.create_connection(("127.0.0.1", port), 30) as s:
        s.settimeout(600)
        while not pipe.poll(PROBE_SECONDS):
            began = time.monotonic()
            try:
                s.sendall(b"PING\r\n")
                alive = s.recv(64)
            except OSError:
                alive = b""
            longest = max(longest, time.monotonic() - began)
            count += 1
            if not alive:
                break
    pipe.send((longest, count))


class Watch:
    """While it is open: a client that PINGs, and looks at the server's resident memory every 20 milliseconds."""

    def __init__(self, server):
        self.server = server

    def __enter__(self):
        self.resident, self.ended = self.server.rss(), threading.Event()
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=probe, args=(self.server.port, other), daemon=True)
        self.process.start()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()
        time.sleep(0.2)
        self.began = time.monotonic()
        return self

    def look(self):
        while not self.ended.wait(0.02):
            try:
                self.resident = max(self.resident, self.server.rss())
            except (OSError, AttributeError):
                return

    def __exit__(self, *_):
        self.seconds = time.monotonic() - self.began
        self.pipe.send(None)
        self.stall = self.pipe.recv()[0] if self.pipe.poll(60) else float("inf")
        self.process.kill()
        self.ended.set()
        self.thread.join()


class Row:
    """What a row does with a server: fill, perhaps a restart, then the work that is measured."""

    def __init__(self, name, memory, work, fill=None, cold=False, container=False):
        self.name, self.memory, self.work, self.fill = name, memory, work, fill
        self.cold, self.container = cold, container


def sets(keys, value_bytes, batch=1000):
    value = b"x" * value_bytes
    for first in range(0, keys, batch):
        yield b"".join(b"*3\r\n$3\r\nSET\r\n$16\r\nkey:%012d\r\n$%d\r\n%s\r\n" % (i, value_bytes, value)
                       for i in range(first, min(first + batch, keys)))


def ask(server, timeout, data, replies, is_array=False):
    """Has one client send the bytes and read its replies; returns the error replies."""
    client = Client(server, timeout)
    errors = client.run(data, replies, is_array)
    client.close()
    return errors


def filler(keys, value_bytes):
    def fill(server, timeout):
        errors = ask(server, max(timeout, 600), sets(keys, value_bytes), keys)
        if errors:
            raise SystemExit(f"{server.name} while loading: {errors[0]}")
    return fill


def key(i):
    return b"key:%012d" % i


def gets(count, keys, start=0):
    return b"".join(request(b"GET", key((start + i) * STEP % keys)) for i in range(count))


def pipelined_gets(count, keys):
    return lambda server, timeout: ask(server, timeout, gets(count, keys), count)


def many_clients(clients, depth, keys):
    def work(server, timeout):
        all_errors = []

        def one(index):
            client = Client(server, timeout)
            try:
                all_errors.extend(client.run(gets(depth, keys, index * depth), depth))
            except (TookTooLong, OSError) as problem:
                all_errors.append(repr(problem))
            client.close()
        threads = [threading.Thread(target=one, args=(i,)) for i in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return all_errors
    return work


def mget(count, keys):
    def work(server, timeout):
        names = [key(i * STEP % keys) for i in range(count)]
        return ask(server, timeout, request(b"MGET", *names), count + 1, is_array=True)
    return work


def all_keys(count, in_multi):
    def work(server, timeout):
        data, replies = request(b"KEYS", b"*"), count + 1
        if in_multi:
            data, replies = request(b"MULTI") + data + request(b"EXEC"), replies + 3
        return ask(server, timeout, data, replies, is_array=not in_multi)
    return work


def big_values(server, timeout):
    client = Client(server, timeout)
    errors = []
    for words in ((b"SETBIT", b"big", 4294967295, 1), (b"BITOP", b"NOT", b"not", b"big"), (b"COPY", b"big", b"copy"),
                  (b"RENAME", b"copy", b"renamed")):
        errors += client.run(request(*words), 1)
    client.close()
    return errors


def load(count, value_bytes):
    return lambda server, timeout: ask(server, timeout, sets(count, value_bytes), count)


def multi_sets(count):
    def work(server, timeout):
        def data():
            yield request(b"MULTI")
            yield from sets(count, 16)
            yield request(b"EXEC")
        return ask(server, timeout, data(), 2 * count + 2)
    return work


def flush_all(server, timeout):
    client = Client(server, timeout)
    errors = client.run(gets(200_000, 1_500_000), 200_000)
    errors += client.run(request(b"FLUSHALL"), 1)
    client.close()
    time.sleep(5)
    errors.append(f"5 s after FLUSHALL {server.rss() / MIB:.0f} MiB resident")
    return errors


def slow_readers(server, timeout):
    client = Client(server, timeout)
    client.run(request(b"SET", b"long", b"x" * MIB), 1)
    sockets = []
    for _ in range(100):
        s = socket.create_connection(("127.0.0.1", server.port), 30)
        s.setblocking(False)
        sockets.append(s)
        try:
            s.send(request(b"GET", b"long") * 200)
        except OSError:
            pass
    time.sleep(5)
    errors = client.run(request(b"PING"), 1)
    for s in sockets:
        s.close()
    client.close()
    return errors


def unfinished(server, timeout):
    sockets = []
    head = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000000\r\n"
    for _ in range(100):
        s = socket.create_connection(("127.0.0.1", server.port), 30)
        s.setblocking(False)
        sockets.append([s, memoryview(head + b"x" * (20 * MIB))])
    ends = time.monotonic() + 8
    while time.monotonic() < ends:
        _, writable, _ = select.select([], [e[0] for e in sockets], [], 0.2)
        for entry in [e for e in sockets if e[0] in writable]:
            try:
                entry[1] = entry[1][entry[0].send(entry[1][:MIB]):]
            except OSError:
                entry[1] = b""
        sockets = [e for e in sockets if e[1]]
    return ask(server, timeout, request(b"PING"), 1)


ROWS = [
    Row("cold-pipeline", "1gb", pipelined_gets(60_000, 170_000), filler(170_000, 2000), cold=True),
    Row("cold-pipeline-small", "100mb", pipelined_gets(130_000, 170_000), filler(170_000, 2000), cold=True),
    Row("cold-clients", "256mb", many_clients(500, 100, 170_000), filler(170_000, 2000), cold=True),
    Row("cold-mget-100k", "256mb", mget(100_000, 1_500_000), filler(1_500_000, 100), cold=True),
    Row("cold-mget-1m", "256mb", mget(1_000_000, 1_500_000), filler(1_500_000, 100), cold=True),
    Row("keys", "256mb", all_keys(5_000_000, False), filler(5_000_000, 16)),
    Row("multi-keys", "100mb", all_keys(1_500_000, True), filler(1_500_000, 100)),
    Row("big-values", "256mb", big_values),
    Row("load", "100mb", load(1_500_000, 100)),
    Row("multi-sets", "256mb", multi_sets(1_000_000)),
    Row("flushall", "256mb", flush_all, filler(1_500_000, 100), cold=True),
    Row("container-cold-pipeline", None, pipelined_gets(60_000, 170_000), filler(170_000, 2000), True, True),
    Row("container-cold-pipeline-130k", None, pipelined_gets(130_000, 170_000), filler(170_000, 2000), True, True),
    Row("container-multi-sets", None, multi_sets(1_000_000), container=True),
    Row("container-load", None, load(3_000_000, 100), container=True),
    Row("container-slow-readers", None, slow_readers, container=True),
    Row("container-unfinished", None, unfinished, container=True),
]


class Container:
    """A control group with bounded memory."""

    def __init__(self):
        self.old = os.path.isdir("/sys/fs/cgroup/memory")
        root = "/sys/fs/cgroup/memory" if self.old else "/sys/fs/cgroup"
        self.path = tempfile.mkdtemp(prefix="hedge-", dir=root)
        with open(os.path.join(self.path, "memory.limit_in_bytes" if self.old else "memory.max"), "w") as f:
            f.write(str(CONTAINER_BYTES))

    def enter(self):
        return ["sh", "-c", f'echo $$ > {self.path}/cgroup.procs && exec "$@"', "sh"]

    def kills(self):
        with open(os.path.join(self.path, "memory.oom_control" if self.old else "memory.events")) as f:
            return int(dict(line.split() for line in f).get("oom_kill", 0))

    def close(self):
        for _ in range(100):
            try:
                os.rmdir(self.path)
                return
            except OSError:
                time.sleep(0.05)


def command_of(args, name, row, cores, directory):
    if name == "redis":
        return ["redis-server", "--port", "{port}", "--dir", "{dir}", "--bind", "127.0.0.1", "--save", ""]
    library = os.path.join(directory, "hedge.dll")
    words = ["dotnet", library, "--port", "{port}", "--dir", "{dir}", "--cores", str(cores), *args.hedge.split()]
    return words + (["--maxmemory", row.memory] if row.memory else [])


def measure(args, name, row, cores, build):
    container = Container() if row.container else None
    command = (container.enter() if container else []) + command_of(args, name, row, cores, build)
    directory = tempfile.mkdtemp(prefix="hedge-hostile-", dir=args.dir)
    result, server = {"row": row.name, "server": name, "cores": cores}, None
    try:
        server = benchmark.Server(name, command, directory)
        if row.fill:
            row.fill(server, args.timeout)
        if row.cold and name != "redis":
            end(server)
            server = benchmark.Server(name, command, directory)
        with Watch(server) as watch:
            try:
                said = row.work(server, args.timeout)
                result["said"] = sorted(set(said))[:3]
            except (TookTooLong, OSError) as problem:
                result["failed"] = repr(problem)
        result |= {"seconds": watch.seconds, "stall": watch.stall, "resident_mib": watch.resident / MIB}
        result["killed"] = server.process.poll() is not None or bool(container and container.kills())
        result["stop_seconds"] = end(server)
    except OSError as problem:
        result["failed"] = repr(problem)
    finally:
        if server:
            server.process.kill()
            server.process.wait()
        shutil.rmtree(directory, ignore_errors=True)
        if container:
            container.close()
    show(result)
    return result


def end(server):
    """Ends the server with SIGTERM; seconds it took, None when it had to be killed."""
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    try:
        server.process.wait(60)
        return time.monotonic() - began
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
        return None


def show(r):
    if "seconds" in r:
        stop = r.get("stop_seconds")
        text = (f"{r['seconds']:8.2f} s, stall {r['stall'] * 1000:7.0f} ms, resident {r['resident_mib']:6.0f} MiB, "
                f"ended in {'-' if stop is None else f'{stop:.1f} s'}{', KILLED' if r.get('killed') else ''}")
    else:
        text = ""
    print(f"{r['row']:30s} {r['server']:8s} {r['cores']} {text} {r.get('failed', '')} {'; '.join(r.get('said', []))}",
          flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("rows", nargs="*", help="some of: " + ", ".join(r.name for r in ROWS))
    parser.add_argument("--cores", type=benchmark.numbers, default=[1], help="numbers of cores of Hedge (default 1)")
    parser.add_argument("--no-redis", action="store_true", help="Hedge alone")
    parser.add_argument("--against", help="also the build of Hedge in this folder")
    parser.add_argument("--hedge", default="", help="more of Hedge's settings")
    parser.add_argument("--timeout", type=float, default=120, help="seconds that a row's work may take (default 120)")
    parser.add_argument("--dir", help="where the data is kept meanwhile (default: the temporary directory)")
    parser.add_argument("--json", default=os.path.join(benchmark.ROOT, "artifacts", "figures", "hostile.json"))
    args = parser.parse_args()
    unknown = set(args.rows) - {r.name for r in ROWS}
    if unknown:
        parser.error(f"no such row: {', '.join(sorted(unknown))}")
    own = os.path.join(benchmark.ROOT, "artifacts", "bin", "Hedge.Host", "release")
    results = []
    for row in [r for r in ROWS if not args.rows or r.name in args.rows]:
        for cores in args.cores:
            results.append(measure(args, "hedge", row, cores, own))
            if args.against:
                results.append(measure(args, "against", row, cores, args.against))
        if not args.no_redis:
            results.append(measure(args, "redis", row, 1, None))
    os.makedirs(os.path.dirname(args.json), exist_ok=True)
    with open(args.json, "w") as f:
        json.dump({"machine": benchmark.machine(), "results": results}, f, indent=1)


if __name__ == "__main__":
    main()
