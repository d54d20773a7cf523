#!/usr/bin/env python3
"""Adds io_uring's three system calls to a seccomp profile of a container engine: seccomp-io-uring.py PROFILE > OURS

Engines deny io_uring by default, and Hedge then uses sockets and ordinary file I/O. PROFILE is the engine's own default
profile, so that nothing else changes: /usr/share/containers/seccomp.json for Podman; for Docker, profiles/seccomp/default.json
of the source of its version. Then: docker run --security-opt seccomp=OURS …, or in Kubernetes a profile of type Localhost.
"""
import json
import sys

CALLS = ["io_uring_setup", "io_uring_enter", "io_uring_register"]


def permit(profile):
    """Takes the calls out of the rules that deny them, and adds one that allows them."""
    kept = []
    for rule in profile.get("syscalls", []):
        names = [name for name in rule.get("names", []) if name not in CALLS]
        if names:
            kept.append({**rule, "names": names})
    kept.append({
        "names": CALLS,
        "action": "SCMP_ACT_ALLOW",
        "comment": "io_uring, for Hedge",
    })
    return {**profile, "syscalls": kept}


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    try:
        with open(sys.argv[1], encoding="utf-8") as file:
            profile = json.load(file)
    except (OSError, ValueError) as problem:
        sys.exit(f"{sys.argv[1]}: {problem}")
    if not isinstance(profile, dict) or "defaultAction" not in profile:
        sys.exit(f"{sys.argv[1]} is no seccomp profile: it has no defaultAction")
    json.dump(permit(profile), sys.stdout, indent=2)
    print()


main()
