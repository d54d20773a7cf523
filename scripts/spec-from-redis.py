#!/usr/bin/python3
"""Prints the CommandSpec declaration of a command as redis-server 7.0.15 describes it.

    scripts/spec-from-redis.py SET            a command
    scripts/spec-from-redis.py "CONFIG GET"   a subcommand (also CONFIG|GET)
    scripts/spec-from-redis.py --check        every command's Syntax, Arguments and argument tree,
                                              as tab-separated lines (for the tests)

Starts a redis-server of its own on a free port and ends it. The notation of Syntax and Arguments is that of
Hedge.Host/Commands/Introspection/SyntaxParser.cs.
"""
import socket, subprocess, sys, time
import redis

FLAGS = {"write": "Write", "readonly": "ReadOnly", "denyoom": "DenyOom", "admin": "Admin", "pubsub": "PubSub",
         "noscript": "NoScript", "blocking": "Blocking", "loading": "Loading", "stale": "Stale",
         "skip_monitor": "SkipMonitor", "skip_slowlog": "SkipSlowlog", "asking": "Asking", "fast": "Fast",
         "no_auth": "NoAuth", "may_replicate": "MayReplicate", "no_mandatory_keys": "NoMandatoryKeys",
         "no_async_loading": "NoAsyncLoading", "no_multi": "NoMulti", "movablekeys": "MovableKeys",
         "allow_busy": "AllowBusy"}
CATEGORIES = {"keyspace": "Keyspace", "read": "Read", "write": "Write", "set": "Set", "sortedset": "SortedSet",
              "list": "List", "hash": "Hash", "string": "String", "bitmap": "Bitmap", "hyperloglog": "HyperLogLog",
              "geo": "Geo", "stream": "Stream", "pubsub": "PubSub", "admin": "Admin", "fast": "Fast", "slow": "Slow",
              "blocking": "Blocking", "dangerous": "Dangerous", "connection": "Connection",
              "transaction": "Transaction", "scripting": "Scripting"}
KEYFLAGS = {"RO": "ReadOnly", "RW": "ReadWrite", "OW": "Overwrite", "RM": "Remove", "access": "Access",
            "update": "Update", "insert": "Insert", "delete": "Delete", "not_key": "NotKey",
            "incomplete": "Incomplete", "variable_flags": "VariableFlags"}
INTEGERS = {"seconds", "milliseconds", "offset", "count", "numkeys", "cursor", "increment", "decrement", "db",
            "index", "port", "ttl", "client-id", "timeout"}


def pairs(flat):
    return flat if isinstance(flat, dict) else dict(zip(flat[::2], flat[1::2]))


class Node:
    def __init__(self, raw):
        raw = pairs(raw)
        self.name, self.type, self.token = raw["name"], raw["type"], raw.get("token")
        self.since, self.deprecated = raw.get("since"), raw.get("deprecated_since")
        self.spec = raw.get("key_spec_index")
        flags = raw.get("flags", [])
        self.optional, self.multiple = "optional" in flags, "multiple" in flags
        self.multiple_token = "multiple_token" in flags
        self.children = [Node(child) for child in raw.get("arguments", [])]

    def body(self):
        """The syntax without the token, the brackets and the repetition of this node."""
        if self.type == "pure-token":
            return ""
        if self.type == "oneof":
            return " | ".join(c.render(alternative=True) for c in self.children)
        if self.type == "block":
            return " ".join(c.render() for c in self.children)
        return self.name

    def core(self):
        """(text with token, text of one repetition)"""
        body = self.body()
        if self.type == "pure-token":
            text = self.token or '""'
            return text, text
        if self.token is None:
            if self.type == "oneof" and (self.multiple or not self.optional):
                body = f"<{body}>"
            elif self.type == "block" and len(self.children) == 1:
                body = f"<{body}>"
            return body, body
        simple = self.type not in ("oneof", "block")
        if self.type == "block":
            simple = all(not c.children and not c.token and not c.optional for c in self.children) and (
                len(self.children) > 1)
        wrapped = body if simple else f"<{body}>"
        text = f"{self.token} {wrapped}"
        return text, (text if self.multiple_token else wrapped)

    def render(self, alternative=False):
        text, again = self.core()
        if self.multiple:
            text = f"{text} [{again} ...]"
        if self.optional:
            return f"[{text}]"
        plain_block = self.type == "block" and self.token is None and len(self.children) > 1
        if plain_block and not alternative and not self.multiple:
            return f"<{text}>"
        return text

    def outline(self):
        word = self.name
        word = word.replace(" ", "\\s").replace(":", "\\:")
        if self.type != self.default_type():
            word += ":" + self.type
        if self.type == "key" and self.spec not in (0, None):
            word += f"#{self.spec}"
        if self.type == "key" and self.spec is None:
            word += "#-"
        if self.since:
            word += "@" + self.since
        if self.deprecated:
            word += "!" + self.deprecated
        return [word] + [w for c in self.children for w in c.outline()]

    def describe(self):
        spec = -1 if self.type != "key" or self.spec is None else self.spec
        flags = ("o" if self.optional else "") + ("m" if self.multiple else "") + ("t" if self.multiple_token else "")
        parts = [self.name.replace(" ", "_"), self.type, self.token or "", str(spec), self.since or "",
                 self.deprecated or "", flags]
        inner = " ".join(c.describe() for c in self.children)
        return "/".join(parts) + (f"({inner})" if inner else "")

    def default_type(self):
        if self.type in ("oneof", "block", "pure-token"):
            return self.type
        name = self.name
        if name == "key":
            return "key"
        if name in INTEGERS:
            return "integer"
        if name == "pattern":
            return "pattern"
        return "unix-time" if name.startswith("unix-time-") else "string"

    def default_outline(self):
        if self.type == "pure-token":
            return [(self.token or "").lower()]
        words = [w for c in self.children for w in c.default_outline()]
        if self.children:
            return ["_".join(c.name for c in self.children)] + words
        return [self.name]


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def wrap(prefix, text, end):
    """A C# string in lines of at most 110 columns."""
    if len(prefix) + len(literal(text)) + len(end) <= 110:
        return [prefix + literal(text) + end]
    lines, rest = [prefix.rstrip()], text
    while True:
        if len(rest) <= 88:
            return lines + ["            " + literal(rest) + end]
        cut = rest.rfind(" ", 0, 88) + 1 or 88
        lines.append("            " + literal(rest[:cut]) + " +")
        rest = rest[cut:]


def flags_of(names, table, enum):
    found = [f"{enum}.{table[k]}" for k in table if k in names]
    return " | ".join(found) if found else f"{enum}.None"


def key_spec(spec):
    spec = pairs(spec)
    begin, find = pairs(spec["begin_search"]), pairs(spec["find_keys"])
    flags = flags_of(spec["flags"], KEYFLAGS, "KeyFlags")
    note = f"\n        {{ Notes = {literal(spec['notes'])} }}" if "notes" in spec else ""
    if begin["type"] != "index" or find["type"] != "range":
        return f"/* not expressible: {begin} {find} */ null!"
    first, found = pairs(begin["spec"])["index"], pairs(find["spec"])
    last, step = found["lastkey"], found["keystep"]
    if last == 0 and step == 1:
        notes = f",\n            {literal(spec['notes'])}" if "notes" in spec else ""
        return f"KeySpec.At({first}, {flags}{notes})"
    if last == -1 and not note:
        return f"KeySpec.From({first}, {flags}" + (f", step: {step})" if step != 1 else ")")
    return f"new KeySpec({first}, {last}, {step}, {flags})" + note


def declaration(info, docs):
    name, arity, flags = info[0], info[1], [str(f) for f in info[2]]
    explicit = {c[1:] for c in info[6]}
    derived = {"slow", "fast"}
    derived |= {"write"} if "write" in flags else set()
    derived |= {"read"} if "readonly" in flags and "scripting" not in explicit else set()
    derived |= {"admin", "dangerous"} if "admin" in flags else set()
    derived |= {f for f in ("pubsub", "blocking") if f in flags}
    keys = [key_spec(s) for s in info[8]]
    lines = [f"    public static CommandSpec Spec {{ get; }} = new({literal(name.upper())}, {arity},",
             f"        {flags_of(flags, FLAGS, 'CommandFlags')},",
             f"        {flags_of(explicit - derived, CATEGORIES, 'AclCategory')}"
             + "".join(",\n        " + k for k in keys) + ")", "    {"]
    nodes = [Node(a) for a in docs.get("arguments", [])]
    lines += wrap("        Syntax = ", " ".join(n.render() for n in nodes), ",")
    outline = [w for n in nodes for w in n.outline()]
    if outline != [w for n in nodes for w in n.default_outline()]:
        lines += wrap("        Arguments = ", " ".join(outline), ",")
    lines += [f"        Since = {literal(docs['since'])},", f"        Group = {literal(docs['group'])},"]
    lines += wrap("        Complexity = ", docs.get("complexity", ""), ",")
    lines += wrap("        Summary = ", docs["summary"], ",")
    if info[7]:
        lines += ["        Tips = [" + ", ".join(literal(t) for t in info[7]) + "],"]
    if "history" in docs:
        lines += ["        History =", "        ["]
        for version, change in docs["history"]:
            lines += wrap(f"            ({literal(version)}, ", change, "),")
        lines += ["        ],"]
    if "syscmd" in docs.get("doc_flags", []):
        lines += ["        IsSystemCommand = true,"]
    if "deprecated_since" in docs:
        lines += [f"        DeprecatedSince = {literal(docs['deprecated_since'])},"]
        lines += wrap("        ReplacedBy = ", docs["replaced_by"], ",")
    return "\n".join(lines + ["    };"])


def walk(docs, prefix=""):
    for name, entry in pairs(docs).items():
        entry = pairs(entry)
        yield name, entry
        yield from walk(entry.get("subcommands", []))


def main():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
                               "--appendonly", "no"], cwd="/tmp", stdout=subprocess.DEVNULL)
    try:
        client = redis.Redis(port=port, decode_responses=True)
        for name in list(client.response_callbacks):
            del client.response_callbacks[name]
        for _ in range(100):
            try:
                client.execute_command("PING")
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        docs = dict(walk(client.execute_command("COMMAND", "DOCS")))
        if sys.argv[1:] == ["--check"]:
            for name in sorted(docs):
                nodes = [Node(a) for a in docs[name].get("arguments", [])]
                outline = [w for n in nodes for w in n.outline()]
                plain = outline == [w for n in nodes for w in n.default_outline()]
                print(name, " ".join(n.render() for n in nodes), "" if plain else " ".join(outline),
                      " ".join(n.describe() for n in nodes), sep="\t")
            return
        for name in sys.argv[1:]:
            name = name.lower().replace(" ", "|")
            info = client.execute_command("COMMAND", "INFO", name)[0]
            print(declaration(info, docs[name]), end="\n\n")
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
