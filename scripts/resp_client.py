"""A client for scripts that speaks RESP on one connection, and a server for it."""
import contextlib
import os
import shutil
import socket
import subprocess
import time


def command(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.replies = self.socket.makefile("rb")

    def ask(self, *words):
        self.socket.sendall(command(*words))
        return self.reply()

    def reply(self):
        line = self.replies.readline()
        if line[:1] == b"$" and line[1:2] != b"-":
            return self.replies.read(int(line[1:]) + 2)[:-2]
        if line[:1] == b"*":
            return [self.reply() for _ in range(int(line[1:]))]
        if line[:1] == b"-":
            raise SystemExit(line.decode())
        return line[1:-2]


@contextlib.contextmanager
def served(program, directory, port, *options):
    """A client of a server that is ended afterwards; the directory is made and deleted."""
    os.makedirs(directory)
    server = subprocess.Popen([program, "--port", str(port), "--bind", "127.0.0.1", "--dir", directory, *options],
                              stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                client = Client(port)
                break
            except ConnectionRefusedError:
                time.sleep(0.1)
        yield client
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(directory)
