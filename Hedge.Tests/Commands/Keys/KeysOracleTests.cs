using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

[TestFixture]
[Category("diff")]
public sealed class KeysOracleTests : OracleFixture
{
    [Test]
    public void Deletions_and_counts_are_those_of_redis() => Same(
        "MSET a 1 b 2 c 3", "EXISTS a", "EXISTS a a b none", "TOUCH a a none b", "TYPE a", "TYPE none",
        "DEL a a none",
        "DEL a", "UNLINK b b c", "EXISTS a b c", "DEL", "UNLINK", "EXISTS", "TOUCH", "TYPE", "TYPE a b",
        "SET \"\" x",
        "EXISTS \"\"", "DEL \"\"", "DEL \"\"");

    [TestCase("EXPIRE", "100", "200", "50")]
    [TestCase("PEXPIRE", "1000000", "2000000", "500000")]
    [TestCase("EXPIREAT", "4102444800", "4102444900", "4102444700")]
    [TestCase("PEXPIREAT", "4102444800000", "4102444900000", "4102444700000")]
    public void Conditions_of_expiries_are_those_of_redis(string name, string middle, string later,
        string earlier) => Same(
        "SET a 1", $"{name} none {middle}", $"{name} a {middle} XX", $"{name} a {middle} GT",
        $"{name} a {middle} NX",
        $"{name} a {later} NX", $"{name} a {later} LT", $"{name} a {earlier} GT", $"{name} a {later} GT",
        $"{name} a {earlier} LT", $"{name} a {later} XX GT", $"{name} a {middle} xx lt",
        $"{name} a {later} XX XX",
        $"{name} a {middle} NX XX", $"{name} a {middle} NX GT", $"{name} a {middle} LT NX",
        $"{name} a {middle} GT LT",
        $"{name} a {middle} GT LT XX", $"{name} a {middle} GT LT NX foo", $"{name} a {middle} foo NX",
        $"{name} a x foo",
        $"{name} a x", $"{name} a \"\"", $"{name} a 1.5", $"{name} a", $"{name} a {middle} \"\"",
        $"{name} a 1 \"x\\x00y\"",
        "SET b 1", $"{name} b {later} LT", "PERSIST b", $"{name} b 0 GT", $"{name} b 0 LT", "EXISTS b",
        "SET c 1",
        $"{name} c -5", "EXISTS c", "SET c 1", $"{name} c -9223372036854775808",
        $"{name} c 9223372036854775807",
        $"{name} c 9223372036854775", $"{name} c 9223372036854776", $"{name} c -9223372036854776",
        $"{name} none 9223372036854775807", $"{name} none 1 2", "EXISTS c");

    [Test]
    public void Times_to_live_are_those_of_redis() => Same(
        "SET a 1", "TTL a", "PTTL a", "EXPIRETIME a", "PEXPIRETIME a", "TTL none", "PTTL none",
        "EXPIRETIME none",
        "PEXPIRETIME none", "EXPIREAT a 4102444800", "EXPIRETIME a", "PEXPIRETIME a",
        "PEXPIREAT a 4102444800499",
        "EXPIRETIME a", "PEXPIREAT a 4102444800500", "EXPIRETIME a", "PEXPIRETIME a", "EXPIRE a 1000",
        "TTL a",
        "PERSIST a", "PERSIST a", "PERSIST none", "TTL a", "TTL", "PERSIST a b",
        "PEXPIREAT a 9223372036854775807",
        "PEXPIRETIME a", "EXPIRETIME a");

    [Test]
    public void Rename_is_that_of_redis() => Same(
        "RENAME none a", "RENAMENX none a", "RENAME none none", "RENAMENX none none",
        "SET a 1 PXAT 4102444800000",
        "SET b 2", "RENAME a a", "RENAMENX a a", "RENAMENX a b", "RENAME a b", "GET b", "PEXPIRETIME b",
        "EXISTS a",
        "RENAMENX b c", "PEXPIRETIME c", "SET d 1", "RENAME d c", "PTTL c", "RENAME a", "RENAMENX c",
        "APPEND n 12",
        "RENAME n m", "OBJECT ENCODING m");

    [Test]
    public void Copy_is_that_of_redis() => Same(
        "SET a 1 PXAT 4102444800000", "COPY a b", "GET b", "PEXPIRETIME b", "COPY a b", "SET a 2",
        "COPY a b REPLACE",
        "GET b", "TTL b", "COPY none x", "COPY none b REPLACE", "COPY a a", "COPY a a REPLACE",
        "COPY none none",
        "COPY a a DB 0", "COPY a a DB 1", "COPY a a DB 1", "COPY a a DB 1 REPLACE",
        "COPY a c REPLACE DB 2 replace",
        "COPY a c db 2 DB 3", "COPY a b DB", "COPY a b DB x", "COPY a b DB 16", "COPY a b DB -1",
        "COPY a b foo",
        "COPY a b DB 99999999999", "COPY a b DB 99999999999999999999", "COPY a", "COPY a b REPLACE foo DB x");

    [Test]
    public void Move_is_that_of_redis() => Same(
        "SET a 1 PXAT 4102444800000", "MOVE a 1", "EXISTS a", "MOVE a 1", "SET a 2", "MOVE a 1", "GET a",
        "MOVE a 0",
        "MOVE none 0", "MOVE none 1", "MOVE a 16", "MOVE a -1", "MOVE a x", "MOVE a 99999999999", "MOVE a 2",
        "MOVE a", "MOVE a 1 2");

    [Test]
    public void Object_is_that_of_redis() => Same(
        "SET i 5", "SET n -12", "SET big 9223372036854775807", "SET over 9223372036854775808", "SET e \"\"",
        "SET r44 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "SET r45 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "SET i9999 9999", "SET i10000 10000", "SET z 007", "SET f 1.5", "INCRBYFLOAT f 1.5", "APPEND ap 12",
        "SETRANGE sr 0 1",
        "OBJECT ENCODING i", "OBJECT ENCODING n", "OBJECT ENCODING big", "OBJECT ENCODING over",
        "OBJECT ENCODING e",
        "OBJECT ENCODING r44", "OBJECT ENCODING r45", "OBJECT ENCODING z", "OBJECT ENCODING f",
        "OBJECT ENCODING ap",
        "OBJECT ENCODING sr", "OBJECT ENCODING none", "OBJECT REFCOUNT i", "OBJECT REFCOUNT n",
        "OBJECT REFCOUNT i9999",
        "OBJECT REFCOUNT i10000", "OBJECT REFCOUNT e", "OBJECT REFCOUNT none", "OBJECT REFCOUNT f",
        "OBJECT FREQ i",
        "OBJECT FREQ none", "OBJECT IDLETIME none", "OBJECT HELP", "object help",
        "OBJECT",
        "OBJECT FOO", "OBJECT ENCODING", "OBJECT ENCODING a b", "OBJECT HELP x",
        "RESTORE idle 0 " + Five + " IDLETIME 1000",
        "OBJECT REFCOUNT idle");

    [Test]
    public void Restore_is_that_of_redis() => Same(
        $"RESTORE a 0 {Five}", "GET a", "OBJECT ENCODING a", $"RESTORE a 0 {Five}",
        $"RESTORE a 0 {Five} replace",
        $"RESTORE a 1000000 {Five} REPLACE ABSTTL", "EXISTS a", $"RESTORE a 1000000 {Five} REPLACE ABSTTL",
        $"RESTORE a 4102444800000 {Five} ABSTTL", "PEXPIRETIME a", $"RESTORE b 1000000 {Five}", "TTL b",
        $"RESTORE a -1 {Five}", $"RESTORE c -1 {Five}", $"RESTORE c x {Five}", "RESTORE c 0 x",
        "RESTORE c -1 x",
        "RESTORE c 0 \"\"", "RESTORE a 0 x", "RESTORE c 0 0123456789",
        $"RESTORE c 9223372036854775807 {Five}", "EXISTS c",
        $"RESTORE c 0 {Five} FREQ 1 IDLETIME 2", $"RESTORE c 0 {Five} IDLETIME 2 FREQ 1",
        $"RESTORE c 0 {Five} IDLETIME -1",
        $"RESTORE c 0 {Five} FREQ 256", $"RESTORE c 0 {Five} FREQ -1", $"RESTORE c 0 {Five} FREQ x",
        $"RESTORE c 0 {Five} FREQ",
        $"RESTORE c 0 {Five} IDLETIME", $"RESTORE c 0 {Five} foo", $"RESTORE c x {Five} foo",
        $"RESTORE c 0 {Five} FREQ 255",
        $"RESTORE d 0 {Five} IDLETIME 1 IDLETIME 2", $"RESTORE e 0 {Five} FREQ 1 FREQ 2", "RESTORE c 0",
        "DUMP none", "DUMP",
        "DUMP a b", "DUMP a");

    [Test]
    public void Wait_and_cursor_errors_are_those_of_redis() => Same(
        "WAIT 0 0", "WAIT 0 100", "WAIT -1 0", "WAIT 1 20", "WAIT x y", "WAIT 1 x", "WAIT 0 -1", "WAIT 1 -1",
        "WAIT 1",
        "SCAN x", "SCAN -", "SCAN 1x", "SCAN \" 1\"", "SCAN 99999999999999999999999", "SCAN 0 COUNT 0",
        "SCAN 0 COUNT -1",
        "SCAN 0 COUNT x", "SCAN 0 MATCH", "SCAN 0 foo", "SCAN x COUNT 0", "SCAN 0 COUNT x TYPE",
        "SCAN 0 COUNT 0 COUNT x",
        "SCAN", "KEYS", "KEYS a b", "KEYS *", "RANDOMKEY", "RANDOMKEY x", "SET a 1", "RANDOMKEY", "KEYS *",
        "KEYS a",
        "KEYS b", "KEYS ?", "KEYS \\\\a", "KEYS [a-c]", "KEYS \"\"");

    [Test]
    public void Patterns_find_the_keys_that_redis_finds()
    {
        string[] keys = ["user:1", "user:2", "user:10", "u", "user", "USER:1", "a*b", "a[b", "{tag}a",
            "\"\"", "x\\\\y"];
        string[] patterns = ["*", "user:*", "user:?", "user*", "u*1", "[uU]*", "a\\\\*b", "a\\\\[b", "a?b",
            "{tag}*", "\"\"", "x*",
            "x\\\\\\\\*", "*:*", "nosuch*", "user:1", "[^u]*"];
        foreach (bool misses in (bool[])[false, true])
        {
            Reset(2, misses);
            foreach (string key in keys)
            {
                Redis.Run($"SET \"{key.Trim('"')}\" 1");
                Hedge.Run($"SET \"{key.Trim('"')}\" 1");
            }

            foreach (string pattern in patterns)
            {
                string line = $"KEYS \"{pattern.Trim('"')}\"";
                string[] expected = Redis.Run(line).Split("\r\n");
                Assert.That(Hedge.Run(line).Split("\r\n"), Is.EquivalentTo(expected), line);
            }
        }
    }

    // What DUMP gives for "5".
    private const string Five = "\"\\x00\\xc0\\x05\\x0a\\x00\\x63\\x2f\\x5f\\x66\\x83\\x2f\\xb3\\x51\"";
}
