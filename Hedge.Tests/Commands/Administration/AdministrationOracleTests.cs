using NUnit.Framework;

namespace Hedge.Tests.Commands.Administration;

[TestFixture]
[Category("diff")]
public sealed class AdministrationOracleTests : OracleFixture
{
    [Test]
    public void Databases_are_those_of_redis() => Same(
        "DBSIZE", "SET a 1", "SET b 2", "DBSIZE", "SELECT 1", "DBSIZE", "SWAPDB 0 1", "DBSIZE", "GET a",
        "SELECT 0", "DBSIZE", "FLUSHDB", "SELECT 1", "DBSIZE", "FLUSHDB SYNC", "DBSIZE", "SET c 3",
        "SELECT 0", "FLUSHALL ASYNC", "SELECT 1", "DBSIZE", "SWAPDB a 1", "SWAPDB 1 b", "SWAPDB 1 99",
        "SWAPDB 1 -1", "SWAPDB 99999999999 1", "SWAPDB 1 1", "FLUSHALL FOO", "FLUSHALL SYNC ASYNC",
        "FLUSHDB X", "DBSIZE x", "SWAPDB 1", "SELECT 0");

    [Test]
    public void Wrong_settings_get_the_errors_of_redis() => Same(
        "CONFIG GET", "CONFIG GET nosuch", "CONFIG GET \"\"", "CONFIG SET timeout",
        "CONFIG SET timeout 1 port", "CONFIG SET \"\" x", "CONFIG SET foo bar",
        "CONFIG SET timeout 1 nosuch 2", "CONFIG FOO", "CONFIG", "CONFIG RESETSTAT x", "CONFIG REWRITE",
        "CONFIG SET timeout x", "CONFIG SET timeout -1", "CONFIG SET timeout 010",
        "CONFIG SET timeout 2147483648", "CONFIG SET maxmemory 10xb", "CONFIG SET maxmemory -5",
        "CONFIG SET maxmemory 100%", "CONFIG SET appendfsync bogus", "CONFIG SET databases 4",
        "CONFIG SET tcp-backlog 1", "CONFIG SET client-output-buffer-limit normal",
        "CONFIG SET client-output-buffer-limit \"norm 0 0 0\"",
        "CONFIG SET client-output-buffer-limit \"pubsub 1 1 x\"", "CONFIG SET notify-keyspace-events q",
        "CONFIG SET client-query-buffer-limit 1", "CONFIG SET slowlog-log-slower-than -2",
        "CONFIG SET slowlog-log-slower-than x", "CONFIG SET hz abc", "CONFIG SET loglevel x",
        "CONFIG SET timeout 1 timeout 2", "CONFIG SET Timeout 1 timeout 2", "CONFIG SET timeout 5 hz x",
        "CONFIG GET timeout", "CONFIG SET latency-monitor-threshold -1", "CONFIG SET latency-tracking x",
        "CONFIG SET cluster-enabled no", "CONFIG SET logfile x");

    [Test]
    public void Settings_are_shown_as_by_redis() => Same(
        "CONFIG SET timeout 7", "CONFIG GET timeout", "CONFIG GET TimeOut", "CONFIG GET timeout TIMEOUT",
        "CONFIG SET timeout 0", "CONFIG SET maxmemory 1gb", "CONFIG GET maxmemory",
        "CONFIG SET maxmemory 10K", "CONFIG GET maxmemory", "CONFIG SET maxmemory 0b", "CONFIG GET maxmemory",
        "CONFIG SET maxmemory \"\"", "CONFIG GET maxmemory", "CONFIG SET appendfsync ALWAYS",
        "CONFIG GET appendfsync", "CONFIG SET appendfsync everysec", "CONFIG GET client-output-buffer-limit",
        "CONFIG SET client-output-buffer-limit \"normal 1kb 2 3 replica 4 5 6\"",
        "CONFIG GET client-output-buffer-limit",
        "CONFIG SET client-output-buffer-limit \"normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60\"",
        "CONFIG SET notify-keyspace-events KEg$x", "CONFIG GET notify-keyspace-events",
        "CONFIG SET notify-keyspace-events KEA", "CONFIG GET notify-keyspace-events",
        "CONFIG SET notify-keyspace-events \"\"", "CONFIG GET notify-keyspace-events",
        "CONFIG GET tcp-backlog", "CONFIG GET slowlog-max-len", "CONFIG GET slowlog-log-slower-than",
        "CONFIG GET databases", "CONFIG GET maxmemory-policy", "CONFIG GET save",
        "CONFIG GET proto-max-bulk-len", "CONFIG GET cluster-enabled", "CONFIG GET replica-read-only",
        "CONFIG GET slave-read-only", "CONFIG GET latency-tracking-info*", "CONFIG SET save \"\"",
        "CONFIG SET timeout 1 hz 20", "CONFIG GET hz", "CONFIG SET timeout 0 hz 10",
        "CONFIG GET tcp-keepalive", "CONFIG GET maxclients", "CONFIG GET client-query-buffer-limit");

    [Test]
    public void Saving_and_shutting_down_wrongly_is_answered_as_by_redis() => Same(
        "BGSAVE FOO", "BGSAVE SCHEDULE X", "SAVE x", "LASTSAVE x", "TIME x", "SHUTDOWN FOO", "SHUTDOWN ABORT",
        "SHUTDOWN ABORT NOW", "SHUTDOWN SAVE NOSAVE", "SHUTDOWN ABORT ABORT", "SHUTDOWN NOSAVE FORCE ABORT");

    [Test]
    public void Logs_and_memory_are_those_of_redis() => Same(
        "CONFIG SET slowlog-log-slower-than -1", "SLOWLOG RESET", "SLOWLOG GET x", "SLOWLOG GET -2",
        "SLOWLOG GET -1", "SLOWLOG GET 0", "SLOWLOG GET", "SLOWLOG LEN", "SLOWLOG LEN x", "SLOWLOG GET 1 2",
        "SLOWLOG FOO", "SLOWLOG", "CONFIG SET slowlog-log-slower-than 10000", "LATENCY HISTORY foo",
        "LATENCY LATEST", "LATENCY RESET", "LATENCY RESET a b", "LATENCY GRAPH foo",
        "LATENCY HISTOGRAM nosuch", "LATENCY FOO", "LATENCY", "MEMORY USAGE nokey",
        "MEMORY USAGE nokey SAMPLES 0", "MEMORY USAGE nokey SAMPLES x", "MEMORY USAGE nokey SAMPLES -1",
        "MEMORY USAGE nokey SAMPLES", "MEMORY USAGE nokey FOO 1", "MEMORY USAGE", "MEMORY PURGE",
        "MEMORY FOO", "MEMORY", "LOLWUT VERSION x", "DEBUG", "INFO nosuch", "ROLE", "ROLE x",
        "CONFIG RESETSTAT");

    [Test]
    public void The_cluster_is_not_there_as_in_redis() => Same(
        "READONLY", "READWRITE", "ASKING", "CLUSTER INFO", "CLUSTER NODES", "CLUSTER slots", "CLUSTER HELP",
        "CLUSTER FOO", "CLUSTER", "CLUSTER MYID", "INFO cluster", "CLUSTER INFO x", "CLUSTER KEYSLOT",
        "CLUSTER KEYSLOT a", "CLUSTER SETSLOT 1 STABLE", "CLUSTER SHARDS", "CLUSTER HELP x");

    [Test]
    public void Replication_is_that_of_a_lone_master() => Same(
        "REPLICAOF NO ONE", "slaveof no one", "ROLE", "REPLICAOF", "REPLICAOF a 1 x", "REPLICAOF a x",
        "REPLICAOF a 65536", "REPLICAOF a -1", "REPLICAOF NO TWO", "SLAVEOF a \"\"", "FAILOVER",
        "FAILOVER ABORT",
        "FAILOVER TO a 1", "FAILOVER TO a 1 FORCE", "FAILOVER FORCE", "FAILOVER TO a x", "FAILOVER TO a",
        "FAILOVER TIMEOUT 5", "FAILOVER TIMEOUT 0", "FAILOVER TIMEOUT x", "FAILOVER TIMEOUT",
        "FAILOVER ABORT TO a 1", "FAILOVER FORCE FORCE", "FAILOVER TIMEOUT 1 TIMEOUT 2", "FAILOVER X",
        "FAILOVER TO a 1 TO b 2", "FAILOVER TO a 1 TIMEOUT 5 FORCE", "FAILOVER TIMEOUT 5 ABORT",
        "SYNC x", "PSYNC", "BGREWRITEAOF x");

    [Test]
    public void Modules_are_refused_as_by_redis() => Same(
        "MODULE LIST", "MODULE LIST x", "MODULE", "MODULE FOO", "MODULE LOAD", "MODULE LOAD x",
        "MODULE LOADEX x CONFIG a b ARGS c", "MODULE UNLOAD", "MODULE UNLOAD x", "MODULE HELP",
        "MODULE HELP x");

    [Test]
    public void Help_texts_are_those_of_redis() => Same(
        "CONFIG HELP", "SLOWLOG HELP", "LATENCY HELP", "MEMORY HELP", "OBJECT HELP", "PUBSUB HELP",
        "COMMAND HELP");

    [Test]
    public void Help_of_client_adds_what_is_newer()
    {
        Same("PING");
        string[] redis = Redis.Run("CLIENT HELP").Split("\r\n");
        string[] hedge = Hedge.Run("CLIENT HELP").Split("\r\n");
        Assert.That(redis.Skip(1).Except(hedge), Is.Empty);
        Assert.That(hedge.Except(redis).Where(l => l.StartsWith('+')),
            Is.SubsetOf(hedge.SkipWhile(l => !l.StartsWith("+NO-TOUCH", StringComparison.Ordinal))));
    }
}
