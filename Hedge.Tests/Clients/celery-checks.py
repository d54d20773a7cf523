"""Usage: celery-checks.py PORT
Celery with the server as its broker and as its result backend, with workers in processes of their own."""
import datetime
import os
import signal
import subprocess
import sys
import tempfile
import time

PORT = int(sys.argv[1])
PATIENCE = 60
os.environ["CELERY_CHECKS_PORT"] = str(PORT)

import redis
from celery import chain, chord, group
from celery.exceptions import TaskRevokedError
from celery.result import GroupResult

import celery_tasks as tasks
from checks import run

app, client = tasks.app, tasks.client
broker, results = redis.Redis(port=PORT, db=10), redis.Redis(port=PORT, db=11)
log = tempfile.TemporaryFile()
workers = []


def start(concurrency, **environment):
    """Starts a worker and waits until it answers."""
    name = f"worker{len(workers)}@here"
    worker = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "-n", name, "-c", str(concurrency),
         "--loglevel", "INFO"],
        cwd=os.path.dirname(os.path.abspath(__file__)), env={**os.environ, **environment, "C_FORCE_ROOT": "1"},
        stdout=log, stderr=log, start_new_session=True)
    workers.append(worker)
    until(lambda: app.control.ping([name], timeout=0.5) == [{name: {"ok": "pong"}}])
    return worker


def kill(worker):
    """Kills a worker with its children, as a lost machine would."""
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(0.02)


def get(result, **options):
    return result.get(timeout=PATIENCE, **options)


def raised(result):
    return get(result, propagate=False)


def messages_by_priority_and_order():
    """No worker runs yet, so the queues are full when one comes."""
    for i in range(5):
        for priority in (9, 0, 5):
            tasks.note.apply_async(("order", f"{priority}:{i}"), priority=priority)
    assert broker.llen("celery") == 5, broker.keys()
    global worker
    worker = start(1)
    until(lambda: client.llen("order") == 15)
    assert client.lrange("order", 0, -1) == [f"{p}:{i}" for p in (0, 5, 9) for i in range(5)]


def results_of_tasks():
    result = tasks.add.delay(2, 3)
    assert get(result) == 5 and result.state == "SUCCESS" and result.successful()
    assert 0 < results.ttl(f"celery-task-meta-{result.id}") <= 600
    failed = tasks.fail.delay("on purpose")
    error = raised(failed)
    assert isinstance(error, ValueError) and str(error) == "on purpose" and failed.state == "FAILURE", error
    result.forget()
    assert not results.exists(f"celery-task-meta-{result.id}")
    many = [tasks.add.delay(i, i) for i in range(200)]
    assert [get(r) for r in many] == [2 * i for i in range(200)]
    long = "x" * 2_000_000
    assert get(tasks.add.delay(long, "y")) == long + "y"


def retries():
    assert get(tasks.succeed_at.delay(3, "retries")) == 3
    assert client.lrange("retries", 0, -1) == ["0", "1", "2", "3"]
    assert isinstance(raised(tasks.never_succeed.delay()), KeyError)


def countdown_and_eta():
    begin = time.time()
    late = tasks.add.apply_async((1, 1), countdown=0.5)
    eta = tasks.add.apply_async((2, 2), eta=datetime.datetime.now(datetime.timezone.utc)
                                + datetime.timedelta(seconds=0.7))
    expired = tasks.add.apply_async((3, 3), countdown=0.5, expires=0.1)
    assert get(tasks.add.delay(0, 0)) == 0  # one that is due does not wait behind them
    assert get(late) == 2 and time.time() - begin >= 0.5
    assert get(eta) == 4 and time.time() - begin >= 0.7
    assert isinstance(raised(expired), TaskRevokedError) and expired.state == "REVOKED"


def groups_and_chains():
    together = group(tasks.add.s(i, i) for i in range(30)).apply_async()
    assert get(together) == [2 * i for i in range(30)] and together.completed_count() == 30
    together.save()
    assert GroupResult.restore(together.id).join(timeout=PATIENCE) == [2 * i for i in range(30)]
    assert get(chain(tasks.add.s(1, 2), tasks.add.s(3), tasks.add.s(4))()) == 10
    assert get(tasks.add.chunks(zip(range(100), range(100)), 10)()) == [
        [2 * i for i in range(n, n + 10)] for n in range(0, 100, 10)]


def chords():
    for size in (1, 2, 50):
        assert get(chord((tasks.add.s(i, 1) for i in range(size)), tasks.total.s())()) == sum(range(size)) + size
    many = [chord([tasks.add.s(i, j) for j in range(4)])(tasks.total.s()) for i in range(20)]
    assert [get(c) for c in many] == [4 * i + 6 for i in range(20)]
    nested = chain(group(tasks.add.s(i, i) for i in range(4)), tasks.total.s(), tasks.add.s(100))
    assert get(nested()) == 112
    until(lambda: not results.keys("*.[jts]"))  # what counts the parts of chords is gone
    broken = chord([tasks.add.s(1, 1), tasks.fail.s("in a header")])(tasks.total.s())
    assert "in a header" in str(raised(broken)), raised(broken)


def control():
    names = [f"worker{workers.index(worker)}@here"]
    assert list(app.control.inspect(names, timeout=PATIENCE, limit=1).ping()) == names
    assert "celery_tasks.add" in app.control.inspect(names, timeout=PATIENCE, limit=1).registered()[names[0]]
    app.control.revoke("revoked", reply=True, timeout=PATIENCE, limit=1)
    revoked = tasks.note.apply_async(("revoked", 1), task_id="revoked")
    assert isinstance(raised(revoked), TaskRevokedError) and not client.exists("revoked")


def events():
    seen = []
    with app.connection() as connection:
        receiver = app.events.Receiver(connection, handlers={
            "*": lambda event: seen.append((event["type"], event.get("uuid")))})
        consumer = receiver.itercapture(timeout=PATIENCE)
        next(consumer)  # it listens now
        task = tasks.add.delay(1, 1)
        for _ in consumer:
            if ("task-succeeded", task.id) in seen:
                break
    assert [kind for kind, uuid in seen if uuid == task.id] == ["task-received", "task-started", "task-succeeded"], seen


def a_lost_child():
    assert get(tasks.die_once.delay("lost")) == 2


def a_killed_worker():
    """What it did and what it had taken is delivered to another when the visibility timeout has passed."""
    global worker
    hanging = tasks.hang_once.delay("hanging")
    assert client.blpop("hanging", PATIENCE) == ("hanging", "1")
    taken = [tasks.note.delay("taken", i) for i in range(3)]
    until(lambda: broker.hlen("unacked") == 4)
    assert broker.zcard("unacked_index") == 4
    kill(worker)
    assert broker.hlen("unacked") == 4 and not client.exists("taken")
    # A worker looks for such messages when it starts, and then every 100 seconds.
    last = broker.zrange("unacked_index", -1, -1, withscores=True)[0][1]
    until(lambda: time.time() > last + 1)
    worker = start(2, CELERY_CHECKS_VISIBILITY="1")
    assert client.blpop("hanging", PATIENCE) == ("hanging", "2") and get(hanging) == 2
    assert sorted(map(get, taken)) == [1, 2, 3] and set(client.lrange("taken", 0, -1)) == {"0", "1", "2"}
    until(lambda: broker.hlen("unacked") == 0 and broker.zcard("unacked_index") == 0)


def a_worker_that_ends():
    """It gives back what it has taken and not begun."""
    late = [tasks.add.apply_async((i, i), countdown=3600) for i in range(3)]
    until(lambda: broker.hlen("unacked") == 3)
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
    assert broker.hlen("unacked") == 0 and broker.llen("celery") == 3
    assert app.control.purge() == 3 and broker.llen("celery") == 0
    assert all(r.state == "PENDING" for r in late)


try:
    failed = run(messages_by_priority_and_order, results_of_tasks, retries, countdown_and_eta, groups_and_chains,
                 chords, control, events, a_lost_child, a_killed_worker, a_worker_that_ends)
finally:
    for left in workers:
        if left.poll() is None:
            kill(left)
if failed:
    log.seek(0)
    print("--- workers:", log.read().decode(errors="replace"), sep="\n")
sys.exit(failed)
