#!/usr/bin/env python3
"""Lets very many fields of one hash expire at one moment, and tells how long commands of another client took
meanwhile, whether HLEN was right, and when all fields were gone.

    field-expiry.py SERVER_PROGRAM DIRECTORY [FIELDS [PORT]]

Twice: once all fields of the hash expire, once five stay. The server has the machine to itself. The directory
is made and deleted.
"""
import sys
import time

from resp_client import command, served

SECONDS_LEFT = 3
KEPT = 5


def expired(client):
    for line in client.ask(b"INFO", b"stats").split(b"\r\n"):
        if line.startswith(b"expired_subkeys:"):
            return int(line.split(b":")[1])
    raise SystemExit("no expired_subkeys")


def fill(client, fields, due):
    for first in range(0, fields, 2000):
        batch = []
        for i in range(first, min(first + 2000, fields), 50):
            names = range(i, min(i + 50, fields))
            words = [b"HSETEX", b"big", b"PXAT", b"%d" % due, b"FIELDS", b"%d" % len(names)]
            for j in names:
                words += [b"field:%08d" % j, b"v" * 32]
            batch.append(command(*words))
        client.socket.sendall(b"".join(batch))
        for _ in batch:
            client.reply()


def run(client, fields, kept, seconds):
    before = expired(client)
    due = int((time.time() + seconds) * 1000)
    fill(client, fields, due)
    for i in range(kept):
        client.ask(b"HSET", b"big", b"kept:%d" % i, b"x")
    left = due / 1000 - time.time()
    if left < SECONDS_LEFT / 2:
        raise SystemExit("filling took too long: %.1f s are left" % left)
    time.sleep(left)
    worst = {}
    wrong = 0
    gone = None
    while gone is None or time.time() * 1000 < gone + 1000:
        for words in ((b"GET", b"other"), (b"HLEN", b"big"), (b"HGET", b"big", b"field:00000017"),
                      (b"SET", b"other", b"2")):
            asked = time.time() * 1000
            begin = time.perf_counter()
            answer = client.ask(*words)
            took = (time.perf_counter() - begin) * 1e3
            worst[words[0]] = max(worst.get(words[0], 0), took)
            if words[0] == b"HLEN" and asked > due + 2:
                wrong += int(answer) != kept
        if gone is None and expired(client) - before >= fields:
            gone = time.time() * 1000
        if time.time() * 1000 > due + 300_000:
            raise SystemExit("not all are gone after 300 s")
    print("%d fields, %d stay: gone after %.0f ms; wrong HLEN: %d; longest:" % (
        fields, kept, gone - due, wrong), ", ".join(
            "%s %.1f ms" % (name.decode(), took) for name, took in worst.items()))
    client.ask(b"DEL", b"big")


def main():
    program, directory = sys.argv[1:3]
    fields = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    port = int(sys.argv[4]) if len(sys.argv) > 4 else 7392
    with served(program, directory, port) as client:
        client.ask(b"SET", b"other", b"1")
        seconds = SECONDS_LEFT + fields / 25_000
        run(client, fields, 0, seconds)
        run(client, fields, KEPT, seconds)


main()
