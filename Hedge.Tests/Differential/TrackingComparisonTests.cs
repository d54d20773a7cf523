using Hedge.Tests.Simulation;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>CLIENT TRACKING beside redis-server: replies and messages of all clients, in their order,
/// whatever cores they are on.</summary>
[TestFixture(1, "auto")]
[TestFixture(2, "auto")]
[TestFixture(4, "auto")]
[TestFixture(2, "portable")]
[Category("diff")]
internal sealed class TrackingComparisonTests(int cores, string io)
{
    private ServerPair _pair = null!;

    [OneTimeSetUp]
    public async Task Start() => _pair = await ServerPair.StartAsync(("cores", $"{cores}"), ("io", io));

    [OneTimeTearDown]
    public void Stop() => _pair?.Dispose();

    [TestCase("""
        a CLIENT TRACKING on
        a CLIENT TRACKINGINFO
        a CLIENT GETREDIR
        a MGET k1 k2 k3 k1
        b SET k1 1
        b SET k1 2
        a GET k1
        a SET k1 3
        b MSET k1 4 k2 5 k3 6
        a MGET k1 k2
        b SELECT 3
        b SET k1 other
        b SELECT 0
        b RENAME k2 k1
        a MGET k1 k2 none
        b RENAMENX k1 k2
        b COPY k2 none
        a GET none
        b MOVE none 2
        a GET k2
        b SWAPDB 0 1
        b SWAPDB 0 1
        b DEL k2 k3
        b RPUSH l1 a b c
        b RPUSH l2 d
        a LRANGE l1 0 -1
        a LLEN l2
        b LMOVE l1 l2 LEFT RIGHT
        b SADD s1 a b
        b SADD s2 c
        a SCARD s1
        a SCARD s2
        b SMOVE s1 s2 a
        a SINTERCARD 2 s1 s2
        b SUNIONSTORE s1 s1 s2
        b ZADD z 1 a
        a ZSCORE z a
        b ZADD z 1 a
        b EXPIRE z 1000
        a TTL none
        b XADD x 1-1 f v
        a XLEN x
        b XGROUP CREATE x g 0
        b XADD x 2-1 f v
        a GET k1
        b FLUSHDB
        b SET k1 1
        a GET k1
        a FLUSHALL
        a SET k1 1
        a GET k1
        a CLIENT TRACKING off
        b SET k1 2
        a CLIENT TRACKING on
        b SET k1 3
        a GET k1
        a RESET
        b SET k1 4
        a CLIENT TRACKINGINFO
        """)]
    [TestCase("""
        a CLIENT TRACKING on noloop
        a CLIENT TRACKINGINFO
        a GET k1
        a SET k1 1
        b SET k1 2
        a GET k1
        b SET k1 3
        a GET k1
        a MULTI
        a GET k1
        a SET k1 2
        a GET k1
        a EXEC
        b SET k1 1
        a FLUSHALL
        a GET k1
        a CLIENT TRACKING on
        a SET k1 2
        """)]
    [TestCase("""
        a CLIENT TRACKING on
        a SET k1 0
        a MULTI
        a GET k1
        a SET k1 1
        a GET k1
        a SET k2 2
        a MGET k1 k2
        a DEL k2
        a EXEC
        b MULTI
        b SET k1 1
        b DEL k2
        b PUBLISH ch hello
        b SET k1 2
        b EXEC
        a MULTI
        a GET k1
        a DISCARD
        b SET k1 5
        a GET k1
        b EVAL "redis.call('set', KEYS[1], 6) return redis.call('get', KEYS[1])" 1 k1
        a EVAL "return redis.call('get', KEYS[1])" 1 k1
        b SET k1 7
        a EVAL "local v = redis.call('get', KEYS[1]) redis.call('set', KEYS[1], 8) return v" 1 k1
        b SET k1 9
        a EVAL "redis.call('set', KEYS[1], 8) return redis.call('get', KEYS[1])" 1 k1
        b SET k1 9
        a EVAL_RO "return redis.call('get', KEYS[1])" 1 k1
        b SET k1 1
        a EVAL "return 1" 1 k1
        b SET k1 1
        """)]
    [TestCase("""
        a CLIENT CACHING YES
        a CLIENT TRACKING on optin
        a CLIENT CACHING NO
        a CLIENT CACHING maybe
        a CLIENT TRACKINGINFO
        a GET k1
        b SET k1 1
        a CLIENT CACHING YES ;; CLIENT TRACKINGINFO ;; GET k1 ;; GET k2 ;; CLIENT TRACKINGINFO
        b MSET k1 1 k2 2
        a CLIENT CACHING YES ;; NOSUCH ;; GET k1
        b SET k1 3
        a CLIENT CACHING YES ;; CLIENT ID x ;; GET k1
        b SET k1 4
        a CLIENT CACHING YES ;; MULTI ;; GET k1 ;; GET k2 ;; EXEC ;; GET k3
        b MSET k1 1 k2 2 k3 3
        a MULTI ;; GET k1 ;; CLIENT CACHING YES ;; GET k2 ;; EXEC ;; GET k3
        b MSET k1 1 k2 2 k3 3
        a CLIENT TRACKING on optout
        a CLIENT TRACKING on
        a CLIENT TRACKING on optout
        a CLIENT CACHING YES
        a CLIENT TRACKINGINFO
        a CLIENT CACHING NO ;; CLIENT TRACKINGINFO ;; GET k1 ;; GET k2
        b MSET k1 1 k2 2
        a CLIENT CACHING NO ;; MULTI ;; GET k1 ;; EXEC ;; GET k2
        b MSET k1 1 k2 2
        """)]
    // Redis tells a client with BCAST of its own writes behind the replies of what it has sent meanwhile:
    // here others write.
    [TestCase("""
        a CLIENT TRACKING on prefix x
        a CLIENT TRACKING on bcast optin
        a CLIENT TRACKING on optin optout
        a CLIENT TRACKING on bcast prefix a prefix ab
        a CLIENT TRACKING on bcast prefix k prefix a
        a CLIENT TRACKINGINFO
        a CLIENT TRACKING on bcast prefix ka
        a CLIENT TRACKING on bcast prefix ""
        a CLIENT TRACKING on
        b MSET k2 1 k1 1 b 1 a 1 k1 2
        a GET k1
        b SET k1 1 ;; SET k0 1 ;; DEL k1 ;; DEL none
        b SET z 1
        c CLIENT TRACKING on bcast noloop prefix k
        c SET k1 1
        c MSET k2 1 a 1
        b SET k3 1
        a CLIENT TRACKING on bcast
        a CLIENT TRACKINGINFO
        b MSET k2 1 z 1
        c CLIENT TRACKING on bcast
        b MSET k2 1 z 1
        b FLUSHALL
        a FLUSHDB
        b MULTI
        b SET k1 1
        b SET a 1
        b GET k1
        b EXEC
        a CLIENT TRACKING off
        a CLIENT TRACKING on
        b SET k1 1
        a GET k1
        b SET k1 2
        """)]
    [TestCase("""
        a CLIENT TRACKING
        a CLIENT TRACKING maybe
        a CLIENT TRACKING on what
        a CLIENT TRACKING on redirect
        a CLIENT TRACKING on redirect x
        a CLIENT TRACKING on redirect 0
        a CLIENT TRACKING on redirect 99999999
        a CLIENT TRACKING on redirect @b redirect @b
        a CLIENT TRACKING off redirect 99999999
        a CLIENT TRACKING off bcast
        a CLIENT CACHING
        a CLIENT CACHING yes
        a CLIENT TRACKINGINFO
        a CLIENT TRACKINGINFO x
        a CLIENT GETREDIR
        a CONFIG GET tracking-table-max-keys
        a CONFIG SET tracking-table-max-keys -1
        """)]
    public void Clients_get_the_same(string steps)
    {
        foreach (int protocol in (int[])[2, 3])
        {
            using var servers = new TwoServers(_pair, cores, protocol);
            servers.Run(steps);
        }
    }

    [Test]
    public void Another_client_is_told_instead([Values(2, 3)] int protocol)
    {
        using var servers = new TwoServers(_pair, cores, protocol);
        servers.Run("""
            b SET k1 1
            d PING
            a CLIENT TRACKING on redirect @d
            a GET k1
            b SET k1 2
            d SUBSCRIBE __redis__:invalidate
            a GET k1
            b SET k1 3
            a GET k1
            a SET k1 4
            a MGET k1 k2
            b MSET k2 1 k1 2
            e CLIENT TRACKING on bcast prefix k redirect @d
            b MSET k2 1 k1 2 a 1
            a GET k1
            b FLUSHALL
            d UNSUBSCRIBE
            a GET k1
            b SET k1 1
            d SUBSCRIBE any
            a GET k1
            b SET k1 1
            """);
    }

    [Test]
    public void Random_programs_give_the_same([Values(1, 2, 3, 4, 5, 6, 7, 8)] int run)
    {
        ulong seed = (ulong)((run * 10) + cores);
        TestContext.Out.WriteLine($"seed {seed}");
        SimSeed chance = new(seed);
        using var servers = new TwoServers(_pair, cores, run % 2 == 0 ? 2 : 3);
        servers.Run(run % 2 == 0
            ? "q SUBSCRIBE __redis__:invalidate\nr SUBSCRIBE __redis__:invalidate\n"
                + "a CLIENT TRACKING on redirect @q\nb CLIENT TRACKING on noloop redirect @r"
            : "a CLIENT TRACKING on\nb CLIENT TRACKING on noloop\n"
                + "d CLIENT TRACKING on bcast prefix s prefix l1");
        TrackingMix mix = new(chance);
        List<string> done = [];
        for (int i = 0; i < 400; i++)
        {
            done.Add(mix.NextSteps());
            Assert.DoesNotThrow(() => servers.Run(done[^1]), string.Join('\n', done));
        }

        Assert.That(servers.Messages, Is.GreaterThan(30));
    }
}
