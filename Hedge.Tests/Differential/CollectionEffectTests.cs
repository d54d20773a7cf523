using System.Text;
using Hedge.Tests.Commands;
using NUnit.Framework;

namespace Hedge.Tests.Differential;

/// <summary>Keyspace events, in their order, and look-ups of every command of collections, compared with
/// redis-server one command at a time.</summary>
[TestFixture(1)]
[TestFixture(2)]
[Category("diff")]
internal sealed class CollectionEffectTests(int cores)
{
    private ServerPair _pair = null!;
    private EffectProbe _redis = null!;
    private EffectProbe _hedge = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _pair = await ServerPair.StartAsync(("cores", $"{cores}"), ("enable-debug-command", "yes"));
        _redis = new EffectProbe(_pair.Redis.Port);
        _hedge = new EffectProbe(_pair.Hedge.Port);
    }

    [OneTimeTearDown]
    public void Stop()
    {
        _redis?.Dispose();
        _hedge?.Dispose();
        _pair?.Dispose();
    }

    [Test]
    public void Lists() => Compare(
        "LPUSH {t}l a b", "RPUSH {t}l c d e", "LPUSHX {t}l z", "LPUSHX {t}no z", "RPUSHX {t}l y",
        "LPOP {t}l", "RPOP {t}l 1", "LPOP {t}l 0", "LPOP {t}no", "LSET {t}l 0 q", "LSET {t}l 99 q",
        "LSET {t}no 0 q", "LINSERT {t}l BEFORE q p", "LINSERT {t}l AFTER nosuch p",
        "LINSERT {t}no AFTER a p", "LREM {t}l 0 p", "LREM {t}l 0 nosuch", "LREM {t}no 0 a",
        "LTRIM {t}l 0 -1", "LTRIM {t}l 0 1", "LTRIM {t}no 0 1", "LMOVE {t}l {t}m LEFT RIGHT",
        "LMOVE {t}l {t}l LEFT RIGHT", "RPOPLPUSH {t}l {t}m", "RPOPLPUSH {t}m {t}m",
        "LMOVE {t}no {t}m LEFT LEFT", "RENAME {t}m {t}n", "RPUSH {t}m x", "RENAME {t}n {t}m",
        "COPY {t}m {t}o", "LLEN {t}no", "LLEN {t}m", "LRANGE {t}no 0 -1", "LRANGE {t}m 0 -1",
        "LINDEX {t}no 0", "LINDEX {t}m 0", "LPOS {t}no a", "LPOS {t}m a", "LMPOP 3 {t}no {t}no2 {t}m LEFT",
        "LMPOP 1 {t}no LEFT", "LMPOP 1 {t}m RIGHT COUNT 99", "LTRIM {t}o 5 1", "RPUSH {t}o a a",
        "LREM {t}o 0 a", "RPUSH {t}o a", "RPOP {t}o 5", "RPUSH {t}o a", "BLPOP {t}no {t}o 1",
        "RPUSH {t}o a b c", "BRPOP {t}o 1", "BLMOVE {t}o {t}m LEFT LEFT 1", "BRPOPLPUSH {t}o {t}m 1",
        "BLMPOP 1 2 {t}no {t}m LEFT COUNT 5", "SET {t}s 1", "LPUSH {t}s a", "LLEN {t}s",
        "LMOVE {t}s {t}m LEFT LEFT", "RPUSH {t}o a", "LMOVE {t}o {t}s LEFT LEFT", "BLPOP {t}s 1",
        "LMPOP 2 {t}no {t}s LEFT", "DEL {t}o {t}s");

    [Test]
    public void Hashes() => Compare(
        "HSET {t}h a 1 b 2", "HSET {t}h a 1", "HMSET {t}h c 3", "HSETNX {t}h a 2", "HSETNX {t}h d 2",
        "HSETNX {t}g d 2", "HINCRBY {t}h a 2", "HINCRBY {t}f a 2", "HINCRBY {t}h x y",
        "HINCRBYFLOAT {t}h a 1.5", "HINCRBYFLOAT {t}e a 1.5", "HINCRBY {t}h a 2", "HDEL {t}h a nosuch",
        "HDEL {t}h nosuch", "HDEL {t}no a", "HDEL {t}g d", "HGET {t}h b", "HGET {t}h nosuch",
        "HGET {t}no a", "HMGET {t}no a b", "HMGET {t}h a b", "HGETALL {t}no", "HGETALL {t}h",
        "HKEYS {t}no", "HVALS {t}no", "HLEN {t}no", "HEXISTS {t}no a", "HSTRLEN {t}no a", "HSTRLEN {t}h b",
        "HRANDFIELD {t}no", "HRANDFIELD {t}h 2", "HRANDFIELD {t}no -2 WITHVALUES", "HSCAN {t}no 0",
        "HSCAN {t}h 0", "HSCAN {t}no x", "HSET {t}i a 1", "RENAME {t}h {t}i", "COPY {t}i {t}h",
        "SET {t}s 1", "HGET {t}s a", "HSET {t}s a 1", "HDEL {t}s a", "HDEL {t}i b c d", "RENAME {t}i {t}j",
        "DEL {t}h {t}i {t}no");

    [Test]
    public void Sets() => Compare(
        "SADD {t}a 1 2 3", "SADD {t}a 1", "SADD {t}b 2 3 4", "SREM {t}a nosuch", "SREM {t}a 1 nosuch",
        "SREM {t}no 1", "SMOVE {t}a {t}b 3", "SMOVE {t}a {t}c 2", "SMOVE {t}no {t}c 2",
        "SMOVE {t}b {t}c nosuch", "SMOVE {t}b {t}b 2", "SADD {t}c 9", "SMOVE {t}c {t}b 2", "SPOP {t}c",
        "SPOP {t}no", "SPOP {t}no 2", "SPOP {t}b 0", "SPOP {t}b 2", "SADD {t}a 1 2 3", "SADD {t}b 2 3 4 5",
        "SET {t}s 1", "SISMEMBER {t}no 1", "SMISMEMBER {t}no 1", "SMISMEMBER {t}a 1 7", "SCARD {t}no",
        "SMEMBERS {t}no", "SMEMBERS {t}a", "SRANDMEMBER {t}no", "SRANDMEMBER {t}no 3",
        "SRANDMEMBER {t}a -3", "SSCAN {t}no 0", "SSCAN {t}a 0", "SINTER {t}a {t}no {t}b",
        "SINTER {t}no {t}s {t}a", "SINTER {t}a {t}s {t}no", "SINTER {t}no {t}no", "SINTER {t}a {t}a",
        "SUNION {t}a {t}no {t}b", "SUNION {t}a {t}s {t}no", "SDIFF {t}no {t}a {t}b",
        "SDIFF {t}a {t}a {t}no", "SDIFF {t}a {t}s {t}no", "SINTERCARD 2 {t}a {t}no",
        "SINTERCARD 3 {t}a {t}s {t}no", "SINTERCARD 2 {t}a {t}b LIMIT x", "SINTERCARD 2 {t}a {t}b LIMIT 1",
        "SINTERSTORE {t}d {t}a {t}b", "SINTERSTORE {t}d {t}a {t}no", "SINTERSTORE {t}d {t}a {t}no",
        "SUNIONSTORE {t}d {t}a {t}no {t}b", "SUNIONSTORE {t}d {t}d {t}a",
        "SUNIONSTORE {t}d {t}a {t}s {t}no", "SDIFFSTORE {t}d {t}no {t}a",
        "SDIFFSTORE {t}e {t}b {t}a {t}no", "SDIFFSTORE {t}s {t}b {t}a", "RENAME {t}e {t}d", "SPOP {t}d 99",
        "SREM {t}a 1 2 3", "SMOVE {t}b {t}s 3", "SET {t}x 1", "SMOVE {t}b {t}x 3", "SMOVE {t}x {t}b 3",
        "SADD {t}x 1", "SUNIONSTORE {t}x {t}b", "DEL {t}b {t}x");

    [Test]
    public void SortedSets() => Compare(
        "ZADD {t}a 1 a 2 b", "ZADD {t}a 1 a", "ZADD {t}a XX 5 a", "ZADD {t}a XX 5 nosuch",
        "ZADD {t}no XX 1 a", "ZADD {t}a INCR 2 a", "ZADD {t}a NX INCR 2 a", "ZADD {t}a GT CH 1 a",
        "ZADD {t}a CH 9 a 3 c", "ZINCRBY {t}a 1 a", "ZINCRBY {t}b 1 a", "ZINCRBY {t}a 0 a",
        "ZREM {t}a nosuch", "ZREM {t}a c", "ZREM {t}no a", "ZREM {t}b a", "ZADD {t}b 1 b 2 c 3 d",
        "ZSCORE {t}no a", "ZSCORE {t}a a", "ZMSCORE {t}no a", "ZCARD {t}no", "ZRANK {t}no a",
        "ZREVRANK {t}a a", "ZCOUNT {t}no 0 1", "ZCOUNT {t}no x 1", "ZLEXCOUNT {t}no - +",
        "ZRANGE {t}no 0 1", "ZRANGE {t}no x 1", "ZRANGE {t}a 0 1", "ZRANGEBYSCORE {t}no 0 1",
        "ZREVRANGEBYLEX {t}no + -", "ZRANDMEMBER {t}no", "ZRANDMEMBER {t}no 2", "ZSCAN {t}no 0",
        "SET {t}s 1", "SADD {t}m b c", "ZINTER 2 {t}a {t}no", "ZINTER 3 {t}no {t}a {t}m",
        "ZINTER 3 {t}a {t}s {t}no", "ZINTER 2 {t}a {t}no WEIGHTS 1", "ZINTER 2 {t}a {t}no WEIGHTS 1 x",
        "ZINTER 2 {t}a {t}s NONSENSE", "ZINTER 9 {t}a", "ZUNION 2 {t}no {t}m",
        "ZUNION 2 {t}no {t}m AGGREGATE x", "ZDIFF 2 {t}no {t}a", "ZDIFF 2 {t}a {t}m WEIGHTS 1 1",
        "ZINTERCARD 2 {t}no {t}b", "ZINTERCARD 2 {t}no {t}b LIMIT x", "ZINTERCARD 2 {t}b {t}m LIMIT 1",
        "ZINTERSTORE {t}d 2 {t}a {t}b", "ZINTERSTORE {t}d 2 {t}a {t}no", "ZINTERSTORE {t}d 2 {t}a {t}no",
        "ZUNIONSTORE {t}d 3 {t}a {t}m {t}no", "ZUNIONSTORE {t}d 2 {t}d {t}b",
        "ZUNIONSTORE {t}d 3 {t}a {t}s {t}no", "ZUNIONSTORE {t}d 2 {t}a {t}no WEIGHTS 1",
        "ZDIFFSTORE {t}e 2 {t}b {t}no", "ZDIFFSTORE {t}e 2 {t}no {t}b", "ZRANGESTORE {t}e {t}b 0 1",
        "ZRANGESTORE {t}e {t}b 5 1", "ZRANGESTORE {t}e {t}no 0 1", "ZRANGESTORE {t}e {t}s 0 1",
        "ZRANGESTORE {t}e {t}no x 1", "ZRANGESTORE {t}e {t}b 0 1", "ZRANGESTORE {t}e {t}no 0 1",
        "ZREMRANGEBYRANK {t}d 0 0", "ZREMRANGEBYRANK {t}d 9 9", "ZREMRANGEBYSCORE {t}no 0 1",
        "ZREMRANGEBYSCORE {t}d -inf +inf", "ZADD {t}d 0 a 0 b", "ZREMRANGEBYLEX {t}d [a [a",
        "ZPOPMIN {t}d", "ZPOPMIN {t}no", "ZPOPMAX {t}b", "ZPOPMAX {t}b 0", "ZPOPMIN {t}b 99",
        "ZADD {t}b 1 a 2 b 3 c", "ZMPOP 2 {t}no {t}b MIN", "ZMPOP 1 {t}no MIN", "BZPOPMIN {t}no {t}b 1",
        "BZPOPMAX {t}b 1", "ZADD {t}b 1 a 2 b", "BZMPOP 1 2 {t}no {t}b MAX COUNT 5", "BZPOPMIN {t}s 1",
        "ZADD {t}s 1 a", "RENAME {t}a {t}z", "COPY {t}z {t}a", "DEL {t}a {t}z {t}m");

    [Test]
    public void Geo_and_HyperLogLogs() => Compare(
        "GEOADD {t}g 13.3 38.1 p 15 37.5 c", "GEOADD {t}g 13.3 38.1 p", "GEOADD {t}g CH 13.4 38.1 p",
        "GEOADD {t}no XX 1 1 a", "GEODIST {t}no a b", "GEODIST {t}g p c", "GEOHASH {t}no a",
        "GEOPOS {t}no a", "GEOSEARCH {t}no FROMMEMBER a BYRADIUS 1 km",
        "GEOSEARCH {t}g FROMMEMBER nosuch BYRADIUS 1 km", "GEOSEARCH {t}g FROMMEMBER p BYRADIUS 1 parsec",
        "GEOSEARCH {t}g FROMLONLAT 13 38 BYBOX 900 900 km", "GEOSEARCH {t}no FROMLONLAT 13 38 NONSENSE",
        "GEORADIUS {t}no 13 38 1 km", "GEORADIUS {t}g 13 38 1 lm",
        "GEORADIUS {t}g 13 38 900 km STORE {t}d", "GEORADIUS {t}no 13 38 900 km STORE {t}d",
        "GEORADIUS_RO {t}no 13 38 9 km", "GEORADIUSBYMEMBER {t}g p 900 km STOREDIST {t}d",
        "GEORADIUSBYMEMBER {t}no p 900 km", "GEORADIUSBYMEMBER_RO {t}g nosuch 900 km",
        "GEOSEARCHSTORE {t}d {t}g FROMMEMBER p BYRADIUS 900 km",
        "GEOSEARCHSTORE {t}d {t}no FROMLONLAT 13 38 BYRADIUS 900 km", "SET {t}s 1",
        "GEOSEARCHSTORE {t}d {t}s FROMLONLAT 13 38 BYRADIUS 900 km", "GEOADD {t}s 1 1 a", "PFADD {t}h a b",
        "PFADD {t}h a", "PFADD {t}i", "PFCOUNT {t}h", "PFCOUNT {t}no", "PFCOUNT {t}h {t}no {t}i",
        "PFCOUNT {t}s", "PFCOUNT {t}no {t}s {t}h", "PFCOUNT {t}g {t}h", "PFMERGE {t}j {t}h {t}no",
        "PFMERGE {t}j {t}no {t}s {t}h", "PFMERGE {t}k", "PFMERGE {t}s {t}h", "PFDEBUG ENCODING {t}h",
        "PFDEBUG ENCODING {t}no", "PFDEBUG GETREG {t}h", "PFDEBUG TODENSE {t}j", "PFDEBUG DECODE {t}i",
        "PFDEBUG NONSENSE {t}h", "PFDEBUG ENCODING {t}g");

    [Test]
    public void Streams() => Compare(
        "XADD {t}s NOMKSTREAM 1 a b", "XADD {t}s 1 a b", "XADD {t}s 1 a b", "XADD {t}s MAXLEN 1 2 a b",
        "XADD {t}s MAXLEN 5 3 a b", "XADD {t}e MAXLEN 0 3 a b", "XADD {t}s x a b", "XLEN {t}s", "XLEN {t}no",
        "XRANGE {t}s - +", "XRANGE {t}no - +", "XRANGE {t}no x +", "XREVRANGE {t}s + - COUNT 0",
        "XREAD STREAMS {t}s 0", "XREAD STREAMS {t}no {t}s 0 0", "XREAD STREAMS {t}no {t}s 0 x",
        "XREAD STREAMS {t}s {t}s 9 9", "XREAD STREAMS {t}s {t}s 0 >", "XREAD BLOCK 1 STREAMS {t}no {t}s $ $",
        "XTRIM {t}s MAXLEN 9", "XTRIM {t}s MAXLEN 1", "XTRIM {t}no MAXLEN 1", "XDEL {t}s 9", "XDEL {t}s 3",
        "XDEL {t}no 3", "XSETID {t}s 5", "XSETID {t}no 5", "XSETID {t}s x", "XGROUP CREATE {t}s g 0",
        "XGROUP CREATE {t}s g 0", "XGROUP CREATE {t}no g 0", "XGROUP CREATE {t}m g 0 MKSTREAM",
        "XGROUP SETID {t}s g 0", "XGROUP SETID {t}s no 0", "XGROUP CREATECONSUMER {t}s g a",
        "XGROUP CREATECONSUMER {t}s g a", "XGROUP DELCONSUMER {t}s g no", "XGROUP DELCONSUMER {t}s g a",
        "XADD {t}s 6 a b", "XADD {t}s 7 a b", "XREADGROUP GROUP g c COUNT 1 STREAMS {t}s >",
        "XREADGROUP GROUP g c STREAMS {t}s 0", "XREADGROUP GROUP g d STREAMS {t}s 0",
        "XREADGROUP GROUP g e STREAMS {t}m >", "XREADGROUP GROUP g e STREAMS {t}s {t}m > 0",
        "XREADGROUP GROUP g e STREAMS {t}s {t}no > >", "XREADGROUP GROUP no e STREAMS {t}s >",
        "XREADGROUP GROUP g e NOACK STREAMS {t}s >", "XREADGROUP GROUP g e BLOCK 1 STREAMS {t}s >",
        "XREADGROUP GROUP g e STREAMS {t}s $", "XACK {t}s g 6", "XACK {t}s g 6", "XACK {t}no g 6",
        "XACK {t}s no 6", "XPENDING {t}s g", "XPENDING {t}no g", "XPENDING {t}s g - + 5 nobody",
        "XCLAIM {t}s g f 0 7", "XCLAIM {t}s g h 0 6 FORCE", "XCLAIM {t}s g i 99999999 7",
        "XCLAIM {t}no g f 0 7", "XCLAIM {t}s g f x 7", "XAUTOCLAIM {t}s g k 0 0", "XDEL {t}s 7",
        "XAUTOCLAIM {t}s g l 0 0", "XAUTOCLAIM {t}s g n 0 0", "XAUTOCLAIM {t}no g k 0 0",
        "XAUTOCLAIM {t}s g k x 0", "XINFO STREAM {t}s", "XINFO STREAM {t}no", "XINFO STREAM {t}s FULL",
        "XINFO GROUPS {t}s", "XINFO GROUPS {t}no", "XINFO CONSUMERS {t}s g", "XINFO CONSUMERS {t}s no",
        "XGROUP DESTROY {t}s no", "XGROUP DESTROY {t}s g", "SET {t}x 1", "XADD {t}x 1 a b", "XLEN {t}x",
        "XREAD STREAMS {t}s {t}x {t}no 0 0 0", "XREADGROUP GROUP g c STREAMS {t}x >", "XACK {t}x g 1",
        "XGROUP CREATE {t}x g 0", "RENAME {t}s {t}r", "COPY {t}r {t}s", "DEL {t}s {t}r {t}m");

    // What must be read from disk first is looked up again, and counts once.
    [Test]
    public void Commands_of_cold_collections()
    {
        IEnumerable<int> numbers = Enumerable.Range(0, 3000);
        string[] fill =
        [
            "RPUSH {t}l " + string.Join(' ', numbers), "SADD {t}s " + string.Join(' ', numbers),
            "ZADD {t}z " + string.Join(' ', numbers.Select(i => $"{i} m{i}")),
            "HSET {t}h " + string.Join(' ', numbers.Select(i => $"f{i} v{i}")),
            "GEOADD {t}g " + string.Join(' ', numbers.Select(i => $"{i / 100.0:0.0} {i / 90.0:0.0} p{i}")),
            "SET {t}x 1", "PFADD {t}p a b",
        ];
        string[] lines =
        [
            "LRANGE {t}l 0 -1", "LINDEX {t}l 1500", "SMEMBERS {t}s", "SINTER {t}no {t}s {t}s", "HGETALL {t}h",
            "HGET {t}h f77", "SINTER {t}s {t}x {t}no", "SUNIONSTORE {t}d {t}no {t}s", "ZRANGE {t}z 0 -1",
            "ZUNIONSTORE {t}e 3 {t}no {t}s {t}z", "ZINTER 2 {t}s {t}z AGGREGATE x", "SPOP {t}d 99999",
            "GEOSEARCHSTORE {t}e {t}g FROMMEMBER p5 BYRADIUS 900 km", "GEORADIUS {t}g 1 1 900 km",
            "GEOSEARCH {t}g FROMLONLAT 1 1 BYRADIUS 900 km", "ZRANGESTORE {t}e {t}z 0 -1",
            "MGET {t}no {t}x {t}l", "BITOP OR {t}y {t}no {t}x", "PFCOUNT {t}p {t}no", "SET {t}x 2 GET",
            "BITOP OR {t}y {t}no {t}l",
        ];
        string[] transaction = ["MULTI", .. lines, "EXEC"];
        Compare([.. fill, .. lines.SelectMany<string, string>(line => ["RELOAD", line]), "RELOAD",
            .. transaction]);
    }

    [TestCase("BLPOP {t}a {t}q 0", "RPUSH {t}q 1 2")]
    [TestCase("BRPOP {t}q 0", "RPUSH {t}q 1")]
    [TestCase("BLMOVE {t}q {t}r LEFT RIGHT 0", "RPUSH {t}q 1")]
    [TestCase("BRPOPLPUSH {t}q {t}r 0", "LPUSH {t}q 1 2")]
    [TestCase("BLMPOP 0 2 {t}a {t}q LEFT COUNT 2", "LPUSH {t}q 1 2 3")]
    [TestCase("BZPOPMIN {t}q 0", "ZADD {t}q 1 a")]
    [TestCase("BZPOPMAX {t}a {t}q 0", "ZADD {t}q 1 a 2 b")]
    [TestCase("BZMPOP 0 1 {t}q MIN COUNT 2", "ZADD {t}q 1 a 2 b")]
    [TestCase("BZPOPMIN {t}q 0", "ZUNIONSTORE {t}q 1 {t}z")]
    [TestCase("BLPOP {t}q 0", "RENAME {t}l {t}q")]
    [TestCase("BLPOP {t}q 0", "LMOVE {t}l {t}q LEFT LEFT")]
    [TestCase("XREAD BLOCK 0 STREAMS {t}a {t}q 0 0", "XADD {t}q 1 a b")]
    [TestCase("XREAD BLOCK 0 STREAMS {t}st {t}q $ $", "XADD {t}st 9 a b")]
    [TestCase("XREAD BLOCK 0 STREAMS {t}st $", "XADD {t}st MAXLEN 1 9 a b")]
    [TestCase("XREADGROUP GROUP g c BLOCK 0 STREAMS {t}st >", "XADD {t}st 9 a b")]
    [TestCase("XREADGROUP GROUP g new BLOCK 0 STREAMS {t}st >", "XADD {t}st 9 a b")]
    [TestCase("XREADGROUP GROUP g new BLOCK 0 NOACK STREAMS {t}st >", "XADD {t}st MAXLEN 0 9 a b")]
    [TestCase("XREADGROUP GROUP g c BLOCK 0 STREAMS {t}st >", "XGROUP DESTROY {t}st g")]
    [TestCase("XREADGROUP GROUP g c BLOCK 0 STREAMS {t}st >", "DEL {t}st")]
    [TestCase("XREADGROUP GROUP g c BLOCK 0 STREAMS {t}st >", "SET {t}st 1")]
    [TestCase("XREADGROUP GROUP g c BLOCK 0 STREAMS {t}st >", "RENAME {t}l {t}st")]
    public void Clients_that_waited(string waits, string serves)
    {
        using ReplyPipe redis = new(_pair.Redis.Port), hedge = new(_pair.Hedge.Port);
        using ReplyPipe otherOfRedis = new(_pair.Redis.Port), otherOfHedge = new(_pair.Hedge.Port);
        Both(redis, hedge, "FLUSHALL", "ZADD {t}z 1 a", "RPUSH {t}l x", "XGROUP CREATE {t}st g $ MKSTREAM",
            "XGROUP CREATECONSUMER {t}st g c");
        foreach ((ReplyPipe waiting, ReplyPipe other) in
            ((ReplyPipe, ReplyPipe)[])[(redis, otherOfRedis), (hedge, otherOfHedge)])
        {
            waiting.Send([CommandLine.Split(waits)]);
            while (!IsWaitedFor(other))
            {
            }
        }

        _redis.Take();
        _hedge.Take();
        Both(otherOfRedis, otherOfHedge, serves);
        Assert.That(ReplyReader.Show(hedge.Next()), Is.EqualTo(ReplyReader.Show(redis.Next())));
        Assert.That(Shown(_hedge), Is.EqualTo(Shown(_redis)));
    }

    private static bool IsWaitedFor(ReplyPipe pipe) => Encoding.Latin1.GetString(pipe.Run("INFO clients"))
        .Contains("blocked_clients:1", StringComparison.Ordinal);

    private static void Both(ReplyPipe redis, ReplyPipe hedge, params string[] lines)
    {
        foreach (string line in lines)
        {
            redis.Run(line);
            hedge.Run(line);
        }
    }

    private static string Shown(EffectProbe probe)
    {
        (List<string> events, SortedDictionary<string, long> changes) = probe.Take();
        IEnumerable<string> lookups = changes
            .Where(c => c.Key.StartsWith("keyspace", StringComparison.Ordinal))
            .Select(c => $"{c.Key} {c.Value}");
        return string.Join('\n', events.Concat(lookups));
    }

    private void Compare(params string[] lines)
    {
        using ReplyPipe redis = new(_pair.Redis.Port), hedge = new(_pair.Hedge.Port);
        Both(redis, hedge, "FLUSHALL");
        _redis.Take();
        _hedge.Take();
        var differences = new List<string>();
        foreach (string line in lines)
        {
            // Drops from memory what is on disk.
            if (line == "RELOAD") hedge.Run("DEBUG RELOAD");
            else Both(redis, hedge, line);
            string expected = Shown(_redis), actual = Shown(_hedge);
            if (actual != expected) differences.Add($"{line}\nredis: {expected}\nhedge: {actual}");
        }

        Assert.That(differences, Is.Empty, string.Join("\n\n", differences));
    }
}
