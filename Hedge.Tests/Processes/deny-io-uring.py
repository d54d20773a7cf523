#!/usr/bin/env python3
"""Runs a command with io_uring's system calls answered by EPERM, as container runtimes do: deny-io-uring.py COMMAND..."""
import ctypes
import os
import platform
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD_WORD_ABSOLUTE, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO, EPERM = 0x7FFF0000, 0x00050000, 1
# io_uring_setup, io_uring_enter, io_uring_register: the same numbers on x86-64 and arm64.
CALLS = (425, 426, 427)


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def main():
    assert platform.machine() in ("x86_64", "aarch64")
    steps = [(LOAD_WORD_ABSOLUTE, 0, 0, 0)]  # offset 0 of seccomp_data: the call's number
    for i, call in enumerate(CALLS):
        steps.append((JUMP_EQUAL, len(CALLS) - i, 0, call))
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, ERRNO | EPERM)]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = Program(len(steps), code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 \
            or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        sys.exit(f"seccomp: {os.strerror(ctypes.get_errno())}")
    os.execvp(sys.argv[1], sys.argv[1:])


main()
