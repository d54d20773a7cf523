"""Usage: redis-py.py PORT [CA], with TLS if the certificates of authorities are given"""
import sys
import threading

import redis

from checks import run

PORT = int(sys.argv[1])
TLS = {"ssl": True, "ssl_ca_certs": sys.argv[2]} if len(sys.argv) > 2 else {}
client = redis.Redis(port=PORT, **TLS, client_name="redis-py-checks")
text = redis.Redis(port=PORT, **TLS, decode_responses=True)


def strings():
    assert client.set("py:a", b"\x00\xff\r\n") is True
    assert client.get("py:a") == b"\x00\xff\r\n"
    assert client.get("py:none") is None
    assert text.set("py:u", "grüße") and text.get("py:u") == "grüße"
    assert client.incrby("py:n", 41) == 41 and client.incr("py:n") == 42
    assert abs(client.incrbyfloat("py:f", 0.1) - 0.1) < 1e-12
    assert client.append("py:u", "!") == 8
    assert client.setrange("py:r", 3, "x") == 4 and client.getrange("py:r", 0, -1) == b"\x00\x00\x00x"
    assert client.mset({"py:m1": 1, "py:m2": 2}) and client.mget("py:m1", "py:m2", "py:none") == [b"1", b"2", None]
    assert client.msetnx({"py:m2": 3, "py:m3": 3}) is False
    assert client.getset("py:m1", "new") == b"1" and client.getdel("py:m1") == b"new"
    assert client.setbit("py:b", 7, 1) == 0 and client.getbit("py:b", 7) == 1 and client.bitcount("py:b") == 1
    assert client.strlen("py:u") == 8 and client.type("py:u") == b"string"


def expiry():
    assert client.set("py:e", "x", ex=100) and 90 < client.ttl("py:e") <= 100
    assert client.set("py:e", "y", nx=True) is None
    assert client.set("py:e", "y", keepttl=True) and client.ttl("py:e") > 0
    assert client.persist("py:e") is True and client.ttl("py:e") == -1
    assert client.pexpire("py:e", 100_000) is True and 90_000 < client.pttl("py:e") <= 100_000
    assert client.getex("py:e", persist=True) == b"y" and client.ttl("py:none") == -2


def pipelines():
    with client.pipeline(transaction=False) as pipe:
        for i in range(1000):
            pipe.set(f"py:p:{i}", i)
        assert pipe.execute() == [True] * 1000
        for i in range(1000):
            pipe.get(f"py:p:{i}")
        assert pipe.execute() == [b"%d" % i for i in range(1000)]
    with client.pipeline(transaction=True) as pipe:
        assert pipe.set("py:t", 1).incr("py:t").get("py:t").execute() == [True, 2, b"2"]
    client.set("py:text", "text")
    replies = client.pipeline().get("py:text").incr("py:text").get("py:text").execute(raise_on_error=False)
    assert replies[0] == replies[2] == b"text" and isinstance(replies[1], redis.ResponseError)


def watch():
    client.set("py:w", 0)

    def add():
        mine = redis.Redis(port=PORT, **TLS)
        for _ in range(50):
            mine.transaction(lambda pipe: (lambda value: (pipe.multi(), pipe.set("py:w", value + 1)))(
                int(pipe.get("py:w"))), "py:w")

    threads = [threading.Thread(target=add) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert client.get("py:w") == b"200", client.get("py:w")


def publish_and_subscribe():
    listener = client.pubsub(ignore_subscribe_messages=False)
    listener.subscribe("py:news")
    listener.psubscribe("py:*:pattern")
    for kind in ("subscribe", "psubscribe"):
        assert listener.get_message(timeout=5)["type"] == kind
    assert client.publish("py:news", "hello") == 1 and client.publish("py:x:pattern", "again") == 1
    first, second = listener.get_message(timeout=5), listener.get_message(timeout=5)
    assert (first["type"], first["channel"], first["data"]) == ("message", b"py:news", b"hello"), first
    assert (second["type"], second["pattern"], second["channel"]) == ("pmessage", b"py:*:pattern", b"py:x:pattern")
    assert client.pubsub_numsub("py:news") == [(b"py:news", 1)]
    listener.close()


def scanning():
    assert {int(k.split(b":")[2]) for k in client.scan_iter("py:p:*", count=50)} == set(range(1000))
    assert len(client.keys("py:p:99?")) == 10
    assert client.delete(*[f"py:p:{i}" for i in range(500)]) == 500
    assert sum(1 for _ in client.scan_iter("py:p:*")) == 500


def databases():
    second = redis.Redis(port=PORT, **TLS, db=1)
    second.set("py:db", 1)
    assert client.get("py:db") is None and second.dbsize() == 1
    assert second.flushdb() is True and second.dbsize() == 0


def administration():
    assert client.ping() is True
    assert tuple(map(int, client.info("server")["redis_version"].split("."))) >= (7, 0, 0)
    assert "db0" in client.info("keyspace") and client.info("keyspace")["db0"]["keys"] == client.dbsize()
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert client.config_set("slowlog-max-len", 256) and client.config_get("slowlog-max-len")["slowlog-max-len"] == "256"
    assert any(c["name"] == "redis-py-checks" for c in client.client_list())
    assert client.client_getname() == "redis-py-checks" and client.client_id() > 0
    assert client.object("encoding", "py:n") == b"int" and len(client.time()) == 2
    assert client.command_count() > 50 and isinstance(client.lastsave().year, int)


def errors():
    for command, message in ((("NOSUCHCOMMAND",), "unknown command"), (("GET",), "wrong number of arguments")):
        try:
            client.execute_command(*command)
        except redis.ResponseError as error:
            assert message in str(error), error
        else:
            raise AssertionError(f"{command} raised nothing")


def dump_and_restore():
    client.set("py:d", "dumped", ex=1000)
    payload = client.dump("py:d")
    assert client.restore("py:d2", 0, payload) == b"OK" and client.get("py:d2") == b"dumped"
    assert client.copy("py:d", "py:d3") is True and client.rename("py:d3", "py:d4") is True
    assert client.get("py:d4") == b"dumped" and client.ttl("py:d4") > 900


def scripts():
    double = client.register_script("redis.call('set', KEYS[1], ARGV[1] * 2) return redis.call('get', KEYS[1])")
    assert double(keys=["py:s"], args=[21]) == b"42"
    client.script_flush()
    assert double(keys=["py:s"], args=[4]) == b"8"  # sent again when the server has forgotten it
    with client.pipeline() as pipe:
        double(keys=["py:s"], args=[5], client=pipe)
        assert pipe.get("py:s").execute() == [b"10", b"10"]
    sha = client.script_load("return {KEYS[1], ARGV[1]}")
    assert client.script_exists(sha, "f" * 40) == [True, False]
    assert client.evalsha(sha, 1, "k", "a") == [b"k", b"a"] and client.eval("return 1.9", 0) == 1
    for wrong in ("return redis.call('incr', 'py:text')", "error('mine')", "return ("):
        client.set("py:text", "text")
        try:
            client.eval(wrong, 0)
        except redis.ResponseError:
            pass
        else:
            raise AssertionError(f"{wrong} raised nothing")


def functions():
    code = "#!lua name=pylib\nredis.register_function('py_f', function(keys, args) return {keys[1], args[1]} end)"
    client.function_flush()
    assert client.function_load(code) == b"pylib" and client.fcall("py_f", 1, "k", "a") == [b"k", b"a"]
    dump = client.function_dump()
    assert client.function_delete("pylib") and client.function_list() == []
    assert client.function_restore(dump) and client.fcall("py_f", 1, "k", "b") == [b"k", b"b"]
    assert client.function_flush()


def locks():
    client.delete("py:l")
    client.set("py:l:n", 0)

    def add():
        mine = redis.Redis(port=PORT, **TLS)
        for _ in range(25):
            with mine.lock("py:l", timeout=60, sleep=0.001, blocking_timeout=60):
                mine.set("py:l:n", int(mine.get("py:l:n")) + 1)

    threads = [threading.Thread(target=add) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert client.get("py:l:n") == b"100", client.get("py:l:n")
    lock = client.lock("py:l", timeout=60)
    assert lock.acquire(blocking=False) and not client.lock("py:l").acquire(blocking=False)
    assert lock.extend(100) and client.pttl("py:l") > 100_000 and lock.reacquire() and client.pttl("py:l") <= 60_000
    client.set("py:l", "another's")
    try:
        lock.release()
    except redis.exceptions.LockError:
        assert client.get("py:l") == b"another's"
    else:
        raise AssertionError("it released a lock that it does not own")


sys.exit(run(strings, expiry, pipelines, watch, publish_and_subscribe, scanning, databases, administration, errors,
             dump_and_restore, scripts, functions, locks))
