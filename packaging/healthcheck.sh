#!/bin/bash
# Whether the server on this machine answers a PING: healthcheck.sh [PORT]. Needs no client. A server that asks for a password is
# alive, too.
set -u
exec 3<> "/dev/tcp/127.0.0.1/${1:-${HEDGE_PORT:-6379}}" || exit 1
printf 'PING\r\n' >&3
IFS= read -r -t 3 reply <&3 || exit 1
case $reply in
    +PONG* | -NOAUTH*) exit 0 ;;
    *) echo "$reply"; exit 1 ;;
esac
