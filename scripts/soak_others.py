"""The other clients of soak.py, each a thread, with redis-py: a bank, a queue with blocked workers, a stream that is followed,
publish and subscribe, clients that read slowly or not at all; and, as a process of its own, the one that measures latency."""
import random
import socket
import threading
import time

import redis

from soak_load import Wire

ACCOUNTS = 64
START = 1000
TRANSFER = """
local have = tonumber(redis.call('GET', KEYS[1]))
local amount = math.min(have, tonumber(ARGV[1]))
redis.call('DECRBY', KEYS[1], amount)
redis.call('INCRBY', KEYS[2], amount)
redis.call('INCR', KEYS[3])
return amount
"""
FAILURES = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)


class Others:
    def __init__(self, port, shared, report, seed):
        self.port, self.shared, self.report = port, shared, report
        self.random = random.Random(seed)
        self.counts = {}
        self.lock = threading.Lock()
        self.doubtful = set()  # Published, but the publisher did not learn to whom.
        self.lacking = set()  # The same of entries for the stream.
        self.number = self.fed = self.followed = 0
        self.pushed = {}  # Of the queue: job: whether its RPUSH was acknowledged.

    def run(self):
        jobs = [self.transfer, self.audit, self.push, self.work_first, self.work_second, self.feed, self.follow, self.publish,
                self.subscribe, self.flood, self.deaf, self.slow]
        threads = [threading.Thread(target=self.forever, args=(job,), daemon=True) for job in jobs]
        self.once(self.open_bank)
        for thread in threads:
            thread.start()
        while not self.shared.stop.value:
            time.sleep(1)
            self.report.put(("counts", "others", dict(self.counts)))
        for thread in threads:
            thread.join(10)
        self.once(self.check_queue)
        self.report.put(("counts", "others", dict(self.counts)))

    def client(self, patience=60):
        return redis.Redis(port=self.port, socket_timeout=patience, client_name="soak-other")

    def once(self, job):
        while True:
            try:
                return job(self.client())
            except FAILURES:
                time.sleep(0.2)

    def forever(self, job):
        while not self.shared.stop.value:
            try:
                job(self.client())
            except redis.exceptions.TimeoutError as error:
                self.fail("no reply in time", client=job.__name__, error=str(error))
            except FAILURES:
                self.count(f"{job.__name__}: connections lost")
            except redis.exceptions.ResponseError as error:
                if "MISCONF" not in str(error) and "EXECABORT" not in str(error):
                    self.fail("error", client=job.__name__, error=str(error))
                self.count(f"{job.__name__}: refused")
            time.sleep(0.1)

    def count(self, what, more=1):
        with self.lock:
            self.counts[what] = self.counts.get(what, 0) + more

    def fail(self, what, **details):
        self.report.put(("violation", "others", {"what": what, **{k: repr(v)[:300] for k, v in details.items()}}))

    # A bank: the sum of all accounts is always the same, whoever looks, and whenever the process is killed.
    def open_bank(self, client):
        client.mset({f"account:{i}": START for i in range(ACCOUNTS)})

    def transfer(self, client):
        script = client.register_script(TRANSFER)
        while not self.shared.stop.value:
            one, other = self.random.sample(range(ACCOUNTS), 2)
            amount = self.random.randrange(1, 50)
            if self.random.random() < 0.5:
                script(keys=[f"account:{one}", f"account:{other}", "transfers"], args=[amount])
            else:
                pipe = client.pipeline(transaction=True)
                pipe.decrby(f"account:{one}", amount).incrby(f"account:{other}", amount).incr("transfers").execute()
            self.count("transfers")
            time.sleep(0.02)

    def audit(self, client):
        while not self.shared.stop.value:
            found = client.mget([f"account:{i}" for i in range(ACCOUNTS)])
            total = sum(int(one or 0) for one in found)
            if total != ACCOUNTS * START:
                self.fail("the bank's sum is wrong", total=total, accounts=found)
            self.count("sums compared")
            time.sleep(0.1)

    # A queue: who pushes numbers jobs, two blocked workers move each to their list of done ones.
    def push(self, client):
        while not self.shared.stop.value:
            job = len(self.pushed) + 1
            self.pushed[job] = False
            client.rpush("jobs", job)
            self.pushed[job] = True
            self.count("jobs")
            time.sleep(0.02)

    def work_first(self, client):
        while not self.shared.stop.value:
            client.blmove("jobs", "done:1", 1, "LEFT", "RIGHT")

    def work_second(self, client):
        while not self.shared.stop.value:
            client.blmove("jobs", "done:2", 1, "LEFT", "RIGHT")

    def check_queue(self, client):
        lists = [[int(job) for job in client.lrange(key, 0, -1)] for key in ("jobs", "done:1", "done:2")]
        found = sorted(job for jobs in lists for job in jobs)
        known = set(found)
        if len(found) != len(known):
            self.fail("a job was given to two workers", number=len(found) - len(known))
        lost = [job for job, is_safe in self.pushed.items() if is_safe and job not in known]
        if lost:
            self.fail("jobs are lost", jobs=lost[:20], number=len(lost))
        for jobs in lists:
            if jobs != sorted(jobs):
                self.fail("jobs are out of order")
        self.count("jobs compared", len(found))

    # A stream, and a reader that waits for its entries: all that were acknowledged come, in order.
    def feed(self, client):
        while not self.shared.stop.value:
            self.fed += 1
            number = self.fed
            self.lacking.add(number)
            client.xadd("feed", {"v": number}, id=f"{number}-1", maxlen=20_000)
            self.lacking.discard(number)
            time.sleep(0.02)

    def follow(self, client):
        while not self.shared.stop.value:
            for _, entries in client.xread({"feed": f"{self.followed}-1"}, count=100, block=1000) or []:
                for _, fields in entries:
                    number = int(fields[b"v"])
                    # One without a reply may be missing; the feeder goes on with the next number after it.
                    if any(i not in self.lacking for i in range(self.followed + 1, number)):
                        self.fail("entries of a stream are missing", after=self.followed, found=number)
                    self.followed = number
                    self.count("entries followed")

    # Publish and subscribe: while a subscriber's connection lasts, it gets every message, in order.
    def publish(self, client):
        while not self.shared.stop.value:
            self.number += 1
            self.doubtful.add(self.number)
            client.publish("news", self.number)
            self.doubtful.discard(self.number)
            time.sleep(0.02)

    def subscribe(self, client):
        subscriber = client.pubsub(ignore_subscribe_messages=True)
        subscriber.subscribe("news")
        last = None
        while not self.shared.stop.value:
            message = subscriber.get_message(timeout=1)
            if message is None:
                continue
            number = int(message["data"])
            if last is not None and any(i not in self.doubtful for i in range(last + 1, number)):
                self.fail("messages are missing", after=last, found=number)
            if last is not None and number <= last:
                self.fail("a message came twice, or late", after=last, found=number)
            last = number
            self.count("messages received")

    # Slow readers: one that never reads what it has subscribed to, and one that reads long replies slowly.
    def flood(self, client):
        while not self.shared.stop.value:
            client.publish("flood", b"x" * 20_000)
            time.sleep(0.02)

    def deaf(self, client):
        wire = Wire(self.port)
        wire.send([(b"SUBSCRIBE", b"flood")])
        wire.socket.settimeout(None)
        self.wait_for_end(wire)
        self.count("clients cut off that did not read")

    def wait_for_end(self, wire):
        while not self.shared.stop.value:
            time.sleep(0.5)
            try:
                # An error of the socket, or a write into a closed one: nothing is read.
                if wire.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    break
                wire.send([(b"PING",)])
            except OSError:
                break
        wire.close()

    def slow(self, client):
        wire = Wire(self.port)
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        while not self.shared.stop.value:
            wire.send([(b"HGETALL", b"bighash:0:0"), (b"LRANGE", b"done:1", 0, -1)] * 4)
            for _ in range(40):
                if not wire.socket.recv(32 << 10):
                    raise ConnectionError("closed")
                self.count("KiB read slowly", 32)
                time.sleep(0.1)
                if self.shared.stop.value:
                    return wire.close()


def measure(port, shared, report, keys):
    """Asks PING and GET by turns, and tells each second how long the replies took. Nothing is told of a second in which the
    server was away."""
    rng = random.Random(7)
    wire, second, times = None, int(time.time()), {"ping": [], "get": []}
    while shared.stop.value != 2:
        try:
            if wire is None:
                wire = Wire(port)
            for name, words in (("ping", (b"PING",)), ("get", (b"GET", b"str:0:%d" % rng.randrange(keys)))):
                start = time.perf_counter()
                wire.ask(*words)
                times[name].append((time.perf_counter() - start) * 1000)
        except OSError:
            wire = None
        now = int(time.time())
        if now != second:
            report.put(("latency", second, {name: sorted(values) for name, values in times.items()}))
            second, times = now, {"ping": [], "get": []}
        time.sleep(0.01)
