"""The writers of soak.py, and what they know: every key belongs to one writer, which remembers what it was told.

A writer sends batches. No key is in a batch twice, so a request without a reply leaves its keys as they were or as it wanted
them, and a look after the next connection decides which. The keys of a MULTI, or of a script, must agree. Values are made from
the key and a version, so an oracle of a gigabyte takes a number a key.
"""
import collections
import copy
import random
import socket
import time

BLOCK = random.Random(1).randbytes(1 << 20)
REFUSED = (b"-MISCONF", b"-OOM", b"-EXECABORT")
SCRIPT = b"for i = 1, #KEYS do redis.call('SET', KEYS[i], ARGV[i]) end return #KEYS"
CLOCK_MARGIN = 2.0
RECENT_SECONDS = 90
RECENT_MAX = 20_000
PATIENCE_SECONDS = 90


def value_of(key, version, short=False):
    mixed = hash_of(key, version)
    length = 40 + mixed % 100 if short else 100 + mixed % 5900
    start = (mixed >> 16) % (len(BLOCK) - 6000)
    return b"%s %d " % (key, version) + BLOCK[start:start + length]


def hash_of(key, version):
    mixed = (int.from_bytes(key, "little") * 0x9E3779B97F4A7C15 + version * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    mixed ^= mixed >> 29
    return (mixed * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF) >> 7


class Wire:
    """A connection whose requests and replies are handled apart, so that what was acknowledged is known to the last reply."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.replies = self.socket.makefile("rb", 1 << 16)

    def send(self, requests):
        parts = []
        for words in requests:
            parts.append(b"*%d\r\n" % len(words))
            for word in words:
                word = word if isinstance(word, bytes) else str(word).encode()
                parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
        self.socket.sendall(b"".join(parts))

    def reply(self):
        line = self.replies.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            if rest == b"-1":
                return None
            data = self.replies.read(int(rest) + 2)
            if len(data) != int(rest) + 2:
                raise ConnectionError("closed")
            return data[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self.reply() for _ in range(int(rest))]
        if kind == b":":
            return int(rest)
        return line[:-2]  # With its + or -: an error is a reply like others.

    def ask(self, *words):
        self.send([words])
        return self.reply()

    def close(self):
        self.replies.close()
        self.socket.close()


def is_error(reply):
    return isinstance(reply, bytes) and reply[:1] == b"-"


# A family: how its keys are changed, read, and compared. A state is what the oracle remembers of a key.
class Strings:
    def first(self): return 0

    def change(self, rng, key, state, version):
        if state and rng.random() < 0.03:
            return (b"UNLINK", key), 0
        if rng.random() < 0.1:
            return (b"GETSET", key, value_of(key, version)), version
        return (b"SET", key, value_of(key, version)), version

    def apply(self, state, change): return change
    def read(self, key): return (b"GET", key)
    def same(self, key, state, reply): return reply == (value_of(key, state) if state else None)


class Expiring:
    """A state: version, and the time of its end in seconds."""

    def first(self): return (0, 0.0)

    def change(self, rng, key, state, version):
        end = time.time() + rng.choice((3, 20, 120, 900))
        return (b"SET", key, value_of(key, version), b"PXAT", int(end * 1000)), (version, end)

    def apply(self, state, change): return change
    def read(self, key): return (b"GET", key)

    def same(self, key, state, reply):
        version, end = state
        now = time.time()
        if now > end + CLOCK_MARGIN:
            return reply is None
        return reply == value_of(key, version) or (reply is None and now > end - CLOCK_MARGIN)


class Counters:
    def first(self): return 0

    def change(self, rng, key, state, version):
        amount = rng.randrange(1, 1000)
        return (b"INCRBY", key, amount), amount

    def apply(self, state, change): return state + change
    def read(self, key): return (b"GET", key)
    def same(self, key, state, reply): return reply == (b"%d" % state if state else None)


class Bitmaps:
    def first(self): return 0

    def change(self, rng, key, state, version):
        bit = rng.randrange(4000)
        return (b"SETBIT", key, bit, 1), 1 << bit

    def apply(self, state, change): return state | change
    def read(self, key): return (b"GET", key)

    def same(self, key, state, reply):
        if not state or reply is None:
            return not state and reply is None
        found = sum(1 << (8 * at + 7 - bit) for at, byte in enumerate(reply) for bit in range(8) if byte >> bit & 1)
        return found == state


class Mapped:
    """A hash, a set or a sorted set: names, and what each has."""

    def __init__(self, kind, fields):
        self.kind, self.fields = kind, fields

    def first(self): return {}

    def change(self, rng, key, state, version):
        names = [b"f%d" % rng.randrange(self.fields) for _ in range(rng.randrange(1, 6))]
        if rng.random() < 0.25:
            return ({"h": b"HDEL", "s": b"SREM", "z": b"ZREM"}[self.kind], key, *names), dict.fromkeys(names)
        if self.kind == "s":
            return (b"SADD", key, *names), dict.fromkeys(names, 1)
        changed = dict.fromkeys(names, version)
        if self.kind == "h":
            words = [word for name in changed for word in (name, value_of(key + name, version, True))]
            return (b"HSET", key, *words), changed
        return (b"ZADD", key, *[word for name in changed for word in (version, name)]), changed

    def apply(self, state, change):
        for name, what in change.items():
            if what is None:
                state.pop(name, None)
            else:
                state[name] = what
        return state

    def read(self, key):
        return {"h": (b"HGETALL", key), "s": (b"SMEMBERS", key),
                "z": (b"ZRANGE", key, 0, -1, b"WITHSCORES")}[self.kind]

    def same(self, key, state, reply):
        if self.kind == "s":
            return len(reply) == len(state) and set(reply) == state.keys()
        found = dict(zip(reply[::2], reply[1::2]))
        if self.kind == "h":
            return found == {name: value_of(key + name, version, True) for name, version in state.items()}
        ordered = sorted(state.items(), key=lambda item: (item[1], item[0]))
        return reply == [word for name, score in ordered for word in (name, b"%d" % score)]


class Sequences:
    """A list or a stream: the numbers from the first to the one before the last."""

    def __init__(self, kind, most):
        self.kind, self.most = kind, most

    def first(self): return (1, 1)

    def change(self, rng, key, state, version):
        begin, end = state
        if end - begin > self.most or (end - begin > 3 and rng.random() < 0.2):
            keep = (end - begin) // 2
            if self.kind == "x":
                return (b"XTRIM", key, b"MAXLEN", b"=", keep), (end - keep, end)
            fewer = (b"LPOP", key, end - begin - keep) if rng.random() < 0.5 else (b"LTRIM", key, -keep, -1)
            return fewer, (end - keep, end)
        if self.kind == "x":
            return (b"XADD", key, b"%d-1" % end, b"v", value_of(key, end, True)), (begin, end + 1)
        more = rng.randrange(1, 6)
        return (b"RPUSH", key, *[value_of(key, i, True) for i in range(end, end + more)]), (begin, end + more)

    def apply(self, state, change): return change
    def read(self, key): return (b"XRANGE", key, b"-", b"+") if self.kind == "x" else (b"LRANGE", key, 0, -1)

    def same(self, key, state, reply):
        numbers = range(*state)
        if self.kind == "x":
            return reply == [[b"%d-1" % i, [b"v", value_of(key, i, True)]] for i in numbers]
        return reply == [value_of(key, i, True) for i in numbers]


class Estimates:
    """A HyperLogLog. It is compared within three hundredths, so it finds only what is lost as a whole."""

    def first(self): return 0

    def change(self, rng, key, state, version):
        return (b"PFADD", key, *[b"%d" % i for i in range(state, state + 100)]), 100

    def apply(self, state, change): return state + change
    def read(self, key): return (b"PFCOUNT", key)
    def same(self, key, state, reply): return isinstance(reply, int) and abs(reply - state) <= 5 + state * 0.04


FAMILIES = {  # name: (its ways, keys of a writer for each 1000 strings, share of the requests)
    b"str": (Strings(), 1000, 40), b"exp": (Expiring(), 100, 12), b"num": (Counters(), 50, 8), b"bit": (Bitmaps(), 2, 2),
    b"hash": (Mapped("h", 200), 10, 9), b"set": (Mapped("s", 200), 10, 7), b"zset": (Mapped("z", 200), 10, 7),
    b"list": (Sequences("l", 300), 10, 7), b"stream": (Sequences("x", 300), 10, 6), b"hll": (Estimates(), 0.2, 1),
    b"bighash": (Mapped("h", 60_000), 0.02, 1),
}


class Request:
    """What is sent at once, and what it does: changes of one key, or of several as a whole."""

    def __init__(self, commands, changes, read=None):
        self.commands, self.changes, self.read = commands, changes, read

    @property
    def keys(self): return [key for key, _ in self.changes] or [self.read]


class Writer:
    def __init__(self, number, keys, seed, port, shared, report):
        self.rng = random.Random(seed * 1000 + number)
        self.port, self.shared, self.report = port, shared, report
        self.number = number
        self.names, self.families, self.states = {}, {}, {}
        for name, (family, share, _) in FAMILIES.items():
            self.names[name] = [b"%s:%d:%d" % (name, number, i) for i in range(max(1, int(keys * share / 1000)))]
            for key in self.names[name]:
                self.families[key] = family
                self.states[key] = family.first()
        self.weights = [share for _, _, share in FAMILIES.values()]
        self.recent = collections.deque(maxlen=RECENT_MAX)
        self.version = 0
        self.pending = []
        self.counts = collections.Counter()
        self.wire, self.name, self.connections = None, None, 0
        self.epoch = self.checked = 0

    def run(self):
        self.connect()
        self.guarded(self.load)
        self.shared.loaded[self.number] = 1
        last = time.monotonic()
        while not self.shared.stop.value:
            if self.shared.full.value > self.checked:
                self.guarded(self.check_all)
                self.checked = self.shared.full.value
            self.guarded(self.batch)
            if time.monotonic() > last + 1:
                last = time.monotonic()
                self.tell()
            time.sleep(self.shared.pause.value)
        while not self.guarded(self.check_all):
            pass
        self.tell()

    def tell(self):
        self.report.put(("counts", self.number, dict(self.counts)))

    def fail(self, what, **details):
        self.report.put(("violation", self.number, {"what": what, **{k: repr(v)[:300] for k, v in details.items()}}))

    def guarded(self, step):
        """Runs a step; when the connection ends in it, makes a new one and looks at what was left open."""
        try:
            step()
            return True
        except (ConnectionError, socket.timeout, OSError) as error:
            if isinstance(error, socket.timeout):
                self.fail("no reply in time", after=PATIENCE_SECONDS)
            while not self.reconnect():
                if self.shared.stop.value == 2:
                    raise SystemExit(1) from error
                time.sleep(0.05)
            return False

    def reconnect(self):
        # While the disk fails, reads show what was written and refused last, which the next start may not have.
        if self.shared.failing.value:
            return False
        try:
            self.connect()
            self.settle()
            if self.shared.epoch.value != self.epoch:
                epoch = self.shared.epoch.value
                self.check_recent()
                self.epoch = epoch
            return True
        except (ConnectionError, socket.timeout, OSError):
            return False

    def connect(self):
        if self.wire:
            self.wire.close()
        while True:
            try:
                self.wire = Wire(self.port)
                break
            except OSError:
                if self.shared.stop.value == 2:
                    raise SystemExit(1)
                time.sleep(0.05)
        # What the server has received on the old connection it may still do: it must have closed it first.
        while self.name and b"name=%s " % self.name in self.wire.ask(b"CLIENT", b"LIST"):
            time.sleep(0.01)
        self.connections += 1
        name = b"writer-%d-%d" % (self.number, self.connections)
        self.wire.ask(b"CLIENT", b"SETNAME", name)
        self.name = name

    def next_version(self):
        self.version += 1
        return self.version

    def load(self):
        keys = [key for key in self.names[b"str"] if not self.states[key]]
        for at in range(0, len(keys), 100):
            requests = []
            for key in keys[at:at + 100]:
                version = self.next_version()
                requests.append(Request([(b"SET", key, value_of(key, version))], [(key, version)]))
            self.exchange(requests)

    def pick(self, taken):
        while True:
            name = self.rng.choices(list(FAMILIES), self.weights)[0]
            keys = self.names[name]
            # Half of the requests go to a twentieth of the keys.
            most = max(1, len(keys) // 20) if self.rng.random() < 0.5 else len(keys)
            key = keys[self.rng.randrange(most)]
            if key not in taken:
                taken.add(key)
                return key

    def batch(self):
        taken, requests = set(), []
        for _ in range(self.rng.choice((1, 5, 30, 60))):
            chance = self.rng.random()
            if chance < 0.08:
                requests.append(self.compound(taken))
                continue
            key = self.pick(taken)
            is_big = key.startswith(b"bighash") and self.rng.random() < 0.98
            if chance < 0.5 and not is_big:
                requests.append(Request([self.families[key].read(key)], [], key))
            else:
                command, change = self.families[key].change(self.rng, key, self.states[key], self.next_version())
                requests.append(Request([command], [(key, change)]))
        self.exchange(requests)

    def compound(self, taken):
        count = self.rng.randrange(2, 5)
        if self.rng.random() < 0.5:
            keys = {self.rng.choice(self.names[b"str"]) for _ in range(count)} - taken
            keys = keys or {self.pick(taken)} & set(self.names[b"str"])
            if keys:
                taken |= keys
                changes = [(key, self.next_version()) for key in keys]
                values = [value_of(key, version) for key, version in changes]
                return Request([(b"EVAL", SCRIPT, len(changes), *[key for key, _ in changes], *values)], changes)
        commands, changes = [(b"MULTI",)], []
        for key in [self.pick(taken) for _ in range(count)]:
            command, change = self.families[key].change(self.rng, key, self.states[key], self.next_version())
            commands.append(command)
            changes.append((key, change))
        return Request([*commands, (b"EXEC",)], changes)

    def exchange(self, requests):
        self.pending = requests[:]
        self.wire.send([command for request in requests for command in request.commands])
        refused = False
        for request in requests:
            for _ in request.commands:
                reply = self.wire.reply()
            self.pending.pop(0)
            if not request.changes:
                self.compare(request.read, reply, "read")
            elif is_error(reply):
                refused = True
                self.counts["refused"] += 1
                if not reply.startswith(REFUSED):
                    self.fail("error", request=request.commands[0], reply=reply)
            else:
                if len(request.commands) > 1 and (reply is None or any(is_error(one) for one in reply)):
                    self.fail("error in EXEC", request=request.commands, reply=reply)
                self.acknowledge(request)
        if refused:
            time.sleep(0.2)

    def acknowledge(self, request):
        for key, change in request.changes:
            self.states[key] = self.families[key].apply(self.states[key], change)
            self.recent.append((time.monotonic(), key))
            self.counts["acknowledged"] += 1

    def compare(self, key, reply, when):
        self.counts["compared"] += 1
        if not is_error(reply) and self.families[key].same(key, self.states[key], reply):
            return True
        self.fail("lost or wrong", when=when, key=key, expected=self.states[key], found=reply)
        return False

    def look(self, key):
        return self.wire.ask(*self.families[key].read(key))

    def settle(self):
        """Finds out what became of the requests without a reply."""
        while self.pending:
            request = self.pending[0]
            sides = set()
            for key, change in request.changes:
                family, old, reply = self.families[key], self.states[key], self.look(key)
                new = family.apply(copy.copy(old), change)
                before, after = family.same(key, old, reply), family.same(key, new, reply)
                if not before and not after:
                    self.fail("neither as before nor as after", key=key, before=old, after=new, found=reply)
                elif before != after:
                    sides.add(after)
            if len(sides) > 1:
                self.fail("half of a transaction", request=request.commands)
            self.counts["open requests settled"] += 1
            if True in sides:
                self.acknowledge(request)
            self.pending.pop(0)

    def check_recent(self):
        since = time.monotonic() - RECENT_SECONDS
        keys = {key for at, key in self.recent if at > since}
        keys |= {key for name in FAMILIES for key in self.rng.sample(self.names[name], min(300, len(self.names[name])))}
        self.check(list(keys), "after a start")

    def check_all(self):
        self.check([key for keys in self.names.values() for key in keys], "whole")
        self.counts["whole comparisons"] += 1

    def check(self, keys, when):
        for at in range(0, len(keys), 50):
            some = keys[at:at + 50]
            self.wire.send([self.families[key].read(key) for key in some])
            for key in some:
                self.compare(key, self.wire.reply(), when)
