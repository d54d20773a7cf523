"""Runs named checks one after the other; prints a line for each and fails the process when one fails."""
import sys
import traceback


def run(*checks):
    failed = 0
    for check in checks:
        try:
            check()
            print("ok", check.__name__, flush=True)
        except Exception:
            failed += 1
            print("FAILED", check.__name__)
            traceback.print_exc(file=sys.stdout)
    print("all passed" if failed == 0 else f"{failed} failed")
    return 1 if failed else 0
