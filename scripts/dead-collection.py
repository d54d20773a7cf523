#!/usr/bin/env python3
"""Makes one hash of many fields, deletes it, and tells how long DEL took and when its disk space was back.

    dead-collection.py SERVER_PROGRAM DIRECTORY [FIELDS [PORT]]

The server has the machine to itself and nothing else to do. The directory is made and deleted.
"""
import os
import sys
import time

from resp_client import command, served


def disk_bytes(directory):
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.stat(os.path.join(folder, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return total


def runs_bytes(directory):
    total = 0
    for folder, _, names in os.walk(directory):
        for name in names:
            try:
                if name.endswith(".run"):
                    total += os.path.getsize(os.path.join(folder, name))
            except FileNotFoundError:
                pass
    return total


def main():
    program, directory = sys.argv[1:3]
    fields = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000_000
    port = int(sys.argv[4]) if len(sys.argv) > 4 else 7391
    with served(program, directory, port, "--maxmemory", "300mb") as client:
        for first in range(0, fields, 2000):
            batch = []
            for i in range(first, min(first + 2000, fields), 20):
                words = [b"HSET", b"big"]
                for j in range(i, min(i + 20, fields)):
                    words += [b"field:%07d" % j, b"v" * 32]
                batch.append(command(*words))
            client.socket.sendall(b"".join(batch))
            for _ in batch:
                client.reply()
        print("fields", client.ask(b"HLEN", b"big").decode())
        client.ask(b"SAVE")
        for i in range(3):
            client.ask(b"SET", b"warm", b"x")
            begin = time.monotonic()
            client.ask(b"DEL", b"warm")
            print("DEL of a string: %.2f ms" % ((time.monotonic() - begin) * 1e3))
        time.sleep(float(os.environ.get("REST", "60")))
        before = disk_bytes(directory)
        print("disk before DEL: %.0f MB, runs %.0f MB" % (before / 1e6, runs_bytes(directory) / 1e6))
        begin = time.monotonic()
        client.ask(b"DEL", b"big")
        print("DEL: %.2f ms" % ((time.monotonic() - begin) * 1e3))
        while time.monotonic() - begin < 300:
            now = runs_bytes(directory)
            if now < before / 100:
                print("nearly all of the runs' space is back after %.1f s" % (time.monotonic() - begin))
                break
            time.sleep(0.2)
        else:
            print("after 300 s the runs still have %.0f MB" % (runs_bytes(directory) / 1e6))
        print("disk: %.0f MB" % (disk_bytes(directory) / 1e6))


main()
