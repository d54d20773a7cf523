"""Usage: django-redis.py PORT"""
import datetime
import sys
import threading
import time

import django
from django.conf import settings

PORT = int(sys.argv[1])


def configured(database, client="DefaultClient", location=None, **options):
    return {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": location or f"redis://127.0.0.1:{PORT}/{database}",
        "OPTIONS": {"CLIENT_CLASS": f"django_redis.client.{client}", **options},
    }


settings.configure(
    CACHES={
        "default": {**configured(3), "KEY_PREFIX": "app", "TIMEOUT": 300},
        "json": configured(4, SERIALIZER="django_redis.serializers.json.JSONSerializer",
                           COMPRESSOR="django_redis.compressors.zlib.ZlibCompressor"),
        "herd": configured(5, client="HerdClient"),
        "shards": configured(None, client="ShardClient", location=[f"redis://127.0.0.1:{PORT}/{n}" for n in (6, 7)]),
        "pool": configured(8, CONNECTION_POOL_KWARGS={"max_connections": 4}),
    },
    INSTALLED_APPS=["django.contrib.sessions"],
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    SECRET_KEY="none",
    USE_TZ=True,
)
django.setup()

from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache, caches
from django_redis import get_redis_connection

from checks import run


def raises(kind, action):
    try:
        action()
    except kind:
        return
    raise AssertionError(f"no {kind.__name__} was raised")


def values():
    for value in (0, 1, -1, 2 ** 62, 2 ** 80, 1.5, True, None, "text", "grüße", b"\x00\xff", [1, {"a": (2, 3)}],
                  datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone.utc), "x" * 3_000_000):
        assert cache.set("value", value) is True
        assert cache.get("value", "nothing") == value and type(cache.get("value")) is type(value)
    assert cache.get("none") is None and cache.get("none", 5) == 5
    assert get_redis_connection("default").exists("app:1:value") == 1
    assert cache.add("value", 1) is False and cache.add("added", 1) is True
    assert cache.set("added", 2, nx=True) is False and cache.get("added") == 1
    assert "added" in cache and cache.has_key("added") and cache.delete("added") and "added" not in cache
    assert not cache.delete("added")


def many_values():
    all = {f"many:{i}": i for i in range(500)}
    cache.set_many({**all, "many:text": "t"}, timeout=60)
    assert cache.get_many([*all, "many:none"]) == all and cache.get("many:text") == "t"
    assert 0 < cache.ttl("many:0") <= 60
    assert cache.delete_many([f"many:{i}" for i in range(100)]) == 100
    assert len(cache.keys("many:*")) == 401


def expiry():
    cache.set("e", 1)
    assert 290 < cache.ttl("e") <= 300
    cache.set("e", 1, timeout=None)
    assert cache.ttl("e") is None and cache.ttl("none") == 0 and cache.pttl("e") is None
    assert cache.expire("e", 100) and 90_000 < cache.pttl("e") <= 100_000
    assert cache.persist("e") and cache.ttl("e") is None
    assert cache.pexpire("e", 50_500) and cache.pttl("e") <= 50_500
    assert cache.expire_at("e", datetime.datetime.now() + datetime.timedelta(hours=1)) and cache.ttl("e") > 3500
    assert cache.pexpire_at("e", datetime.datetime.now() + datetime.timedelta(hours=2)) and cache.ttl("e") > 7100
    assert cache.touch("e", 20) and cache.ttl("e") <= 20 and cache.touch("none", 20) is False
    cache.set("e", 1, timeout=0)
    assert cache.get("e") is None
    cache.set("e", 1, timeout=0.05)
    deadline = time.monotonic() + 10
    while cache.get("e") is not None:
        assert time.monotonic() < deadline
    assert cache.set("e", 1, timeout=-5) is False and "e" not in cache


def counters():
    raises(ValueError, lambda: cache.incr("n"))
    cache.set("n", 1, timeout=100)
    assert cache.incr("n") == 2 and cache.incr("n", 40) == 42 and cache.decr("n", 2) == 40
    assert 0 < cache.ttl("n") <= 100
    assert cache.incr("made", ignore_key_check=True) == 1
    cache.set("n", 2 ** 63 - 1, timeout=100)
    assert cache.incr("n", 2) == 2 ** 63 + 1 and cache.get("n") == 2 ** 63 + 1  # the script fails, Python counts
    cache.set("n", "text")
    raises(TypeError, lambda: cache.incr("n"))
    cache.set("n", 0)
    beside(lambda: [cache.incr("n") for _ in range(100)])
    assert cache.get("n") == 400


def beside(action):
    failures = []

    def guarded():
        try:
            action()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=guarded) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert not failures, failures


def made_when_missing():
    calls = []
    assert cache.get_or_set("made:1", lambda: calls.append(1) or "made", timeout=50) == "made"
    assert cache.get_or_set("made:1", lambda: calls.append(1) or "again") == "made" and len(calls) == 1
    assert 0 < cache.ttl("made:1") <= 50 and cache.get_or_set("made:2", 7) == 7


def versions():
    cache.set("v", "first")
    cache.set("v", "second", version=2)
    assert cache.get("v") == "first" and cache.get("v", version=2) == "second"
    assert cache.incr_version("v", version=2) == 3 and cache.get("v", version=3) == "second"
    assert cache.get("v", version=2) is None and cache.decr_version("v", version=3) == 2
    assert cache.get("v", version=2) == "second"


def patterns():
    cache.set_many({f"p:{i}": i for i in range(1500)})
    cache.set("p:kept[1]", 1, version=2)
    assert set(cache.iter_keys("p:*", itersize=100)) == {f"p:{i}" for i in range(1500)}
    assert sorted(cache.keys("p:14?")) == [f"p:14{i}" for i in range(10)]
    assert cache.delete_pattern("p:1[0-4]??") == 500 and len(cache.keys("p:*")) == 1000
    assert cache.delete_pattern("p:*", itersize=10) == 1000 and cache.delete_pattern("p:*") == 0
    assert cache.get("p:kept[1]", version=2) == 1


def locks():
    cache.set("l:n", 0)

    def add():
        for _ in range(25):
            with cache.lock("l", timeout=60, sleep=0.001, blocking_timeout=60):
                cache.set("l:n", cache.get("l:n") + 1)

    beside(add)
    assert cache.get("l:n") == 100
    lock = cache.lock("l", timeout=60)
    assert lock.acquire(blocking=False) and not cache.lock("l").acquire(blocking=False)
    assert cache.lock("l", blocking_timeout=0.05).acquire() is False
    assert get_redis_connection("default").pttl("app:1:l") > 50_000 and lock.owned()
    assert lock.extend(100) and lock.reacquire()
    lock.release()
    assert not lock.locked()


def sessions():
    session = SessionStore()
    session["user"] = {"id": 7, "roles": ["a", "b"]}
    session.save()
    assert session.exists(session.session_key)
    key = session.session_key
    again = SessionStore(key)
    assert again["user"] == {"id": 7, "roles": ["a", "b"]} and "other" not in again
    again.set_expiry(90)
    again["visits"] = 1
    again.save()
    assert 80 < cache.ttl(f"django.contrib.sessions.cache{key}") <= 90
    again.cycle_key()
    assert again.session_key != key and not again.exists(key) and SessionStore(again.session_key)["visits"] == 1
    again.flush()
    assert SessionStore(key).get("user") is None


def other_kinds_of_caches():
    for name in ("json", "herd", "shards", "pool"):
        other = caches[name]
        long = {"list": [1, 2, "three"], "text": "y" * 10_000}
        assert other.set("k", long, timeout=100) and other.get("k") == long, name
        other.set_many({f"k:{i}": i for i in range(50)})
        found = other.get_many([f"k:{i}" for i in range(50)])
        assert {k: int(v) for k, v in found.items()} == {f"k:{i}": i for i in range(50)}, name
        assert other.get_or_set("k:new", "n") == "n" and other.delete("k:new"), name
        if name != "herd":  # it wraps values with their times, and cannot count
            other.set("n", 1)
            assert other.incr("n") == 2, name
        with other.lock("lock", timeout=10):
            pass
        assert other.delete_pattern("k*") == 51, name


def clearing():
    caches["json"].set("kept", 1)
    cache.clear()
    assert cache.keys("*") == [] and get_redis_connection("default").dbsize() == 0
    assert caches["json"].get("kept") == 1


sys.exit(run(values, many_values, expiry, counters, made_when_missing, versions, patterns, locks, sessions,
             other_kinds_of_caches, clearing))
