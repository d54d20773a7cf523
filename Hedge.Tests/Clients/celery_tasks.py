"""The tasks that celery-checks.py sends and its workers do. CELERY_CHECKS_PORT is the server's port,
CELERY_CHECKS_VISIBILITY the seconds after which a message that is not acknowledged is delivered again."""
import os
import signal

import redis
from celery import Celery

PORT = int(os.environ["CELERY_CHECKS_PORT"])
client = redis.Redis(port=PORT, db=12, decode_responses=True)
app = Celery("checks", broker=f"redis://127.0.0.1:{PORT}/10", backend=f"redis://127.0.0.1:{PORT}/11")
app.conf.update(
    broker_transport_options={
        "visibility_timeout": float(os.environ.get("CELERY_CHECKS_VISIBILITY", "3600")),
        "priority_steps": list(range(10)),
        "queue_order_strategy": "priority",
    },
    result_expires=600,
    task_track_started=True,
    worker_send_task_events=True,
)


@app.task
def add(a, b):
    return a + b


@app.task
def total(numbers):
    return sum(numbers)


@app.task
def fail(text):
    raise ValueError(text)


@app.task
def note(name, value):
    return client.rpush(name, value)


@app.task(bind=True, max_retries=5)
def succeed_at(self, attempt, name):
    client.rpush(name, self.request.retries)
    if self.request.retries < attempt:
        raise self.retry(countdown=0.1)
    return self.request.retries


@app.task(bind=True, max_retries=2)
def never_succeed(self):
    raise self.retry(exc=KeyError("no more"), countdown=0.05)


@app.task(acks_late=True)
def hang_once(name):
    """Stays in its first try until the worker is killed."""
    attempt = client.incr(f"{name}:tries")
    client.rpush(name, attempt)
    if attempt == 1:
        client.blpop("never", 120)
    return attempt


@app.task(acks_late=True, reject_on_worker_lost=True)
def die_once(name):
    attempt = client.incr(f"{name}:tries")
    if attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return attempt
