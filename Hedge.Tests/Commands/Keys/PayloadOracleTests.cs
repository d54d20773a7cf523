using NUnit.Framework;

namespace Hedge.Tests.Commands.Keys;

[TestFixture]
[Category("diff")]
public sealed class PayloadOracleTests : OracleFixture
{
    [Test]
    public void Payloads_are_the_bytes_that_redis_dumps_and_each_side_restores_the_others()
    {
        int seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        Reset(2);
        int different = 0;
        for (int i = 0; i < 4000; i++)
        {
            byte[] value = SampleValues.Next(random, i % 100 == 0 ? 200_000 : 3000);
            if (!Exchange(value)) TestContext.Out.WriteLine($"round {i} length {value.Length} differs");
            if (!Exchange(value)) different++;
        }

        Assert.That(different, Is.Zero);
    }

    private bool Exchange(byte[] value)
    {
        Redis.Execute(Bytes("SET"), Bytes("a"), value);
        Hedge.Databases[0].SetString("a"u8, value);
        byte[] expected = Redis.Execute(Bytes("DUMP"), Bytes("a"));
        byte[] actual = Hedge.Execute("DUMP", "a");
        return expected.AsSpan().SequenceEqual(actual);
    }
}
