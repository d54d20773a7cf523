#!/bin/bash
# Makes one file that holds the server and the .NET runtime: scripts/publish.sh [RID] [DIRECTORY] writes DIRECTORY/hedge.
# RID is linux-x64 or linux-arm64 (this machine's by default), DIRECTORY artifacts/publish/RID. The SDK fetches the
# runtime of that RID and its ahead-of-time compiler from where NuGet packages come from. The last line names the file.
set -eu
cd "$(dirname "$0")/.."
case ${1:-$(uname -m)} in
    linux-x64 | x86_64) rid=linux-x64 ;;
    linux-arm64 | aarch64) rid=linux-arm64 ;;
    *) echo "usage: scripts/publish.sh [linux-x64 | linux-arm64] [DIRECTORY]" >&2; exit 1 ;;
esac
out=$(realpath -m "${2:-artifacts/publish/$rid}")
# The path apart keeps what building and testing have made. Line numbers in the report of a crash are worth two megabytes.
dotnet publish Hedge.Host -c Release -r "$rid" --self-contained -p:DebugType=embedded \
    --artifacts-path "artifacts/publish-work/$rid" -o "$out"
echo "$out/hedge"
