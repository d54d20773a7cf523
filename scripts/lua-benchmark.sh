#!/bin/bash
# Compares the speed of Hedge's machine for Lua with lua5.1: scripts/lua-benchmark.sh
#
# Runs the programs of scripts/lua-benchmark in turns, and prints processor times, their ratios and what is allocated.
# It needs a Release build and Debian's lua5.1. The machine's other work should be little.
set -eu
cd "$(dirname "$0")/.."
exec dotnet test Hedge.Tests -c Release --no-build --filter "FullyQualifiedName~LuaBenchmark"
