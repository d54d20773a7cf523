using Hedge.Storage.Io;
using Hedge.Storage.Loads;
using Hedge.Storage.Logs;
using Hedge.Storage.Records;
using Hedge.Tests.Partitions;
using Hedge.Tests.Simulation;
using NUnit.Framework;
using static Hedge.Tests.Loads.LoadFileBuilder;

namespace Hedge.Tests.Loads;

/// <summary>Fields of loaded hashes expire although nobody asks for them.</summary>
[Category("fast")]
internal sealed class LoadedFieldTests
{
    private const string File = "input";
    private const int Many = 40;

    [Test]
    public void Loaded_fields_expire_on_time_and_the_last_one_takes_the_key()
    {
        SimClock clock = new();
        SimDisk disk = new(5, clock);
        using SimNode node = new(disk, clock, new SimSeed(11), PartitionModelTests.Options(1, nodeBytes: 64),
            SyncPolicy.Always);
        long soon = clock.UnixMilliseconds + 5000;
        string[] names = [.. Enumerable.Range(0, Many).Select(i => $"f{i:000}")];
        byte[][] fields = Hashed(names.Select((name, i) => (name, Field(name, "v", i < 9 ? soon : 0))));
        byte[][] times = [.. names[..9].Select(name => Scored(soon, name))];
        byte[] content = new LoadFileBuilder()
            .Value("all", RecordType.Hash, Field("a", "v", soon), Field("b", "v", soon + 1))
            .Value("small", RecordType.Hash, Field("a", "v", soon), Field("b", "v"))
            .Trees("tree", RecordType.Hash, Many, fields, times).File();
        using (DiskFile file = disk.Open(File, DiskOpenMode.Create)) disk.Write(file, 0, content);
        BulkLoad load = node.Engine.BeginLoad(0, TransferPath.At(File), key => key[0] % 4)!;
        Assert.That(node.Until(() => load.IsOver));
        Assert.That(load.Failure, Is.Null);
        Assert.That(node.Engine.Partitions.Sum(each => each.Count(0)), Is.EqualTo(3));
        Assert.That(node.Engine.Partitions.Sum(each => each.ExpiresCount(0)), Is.Zero, "the keys stay");
        Assert.That(node.Cores[0].Counters.ExpiredFields, Is.Zero);
        clock.Advance(6_000_000);
        Assert.That(node.Until(() => node.Cores[0].Counters.ExpiredFields == 2 + 1 + 9));
        Assert.That(node.Engine.Partitions.Sum(each => each.Count(0)), Is.EqualTo(2));
        node.Close();
    }
}
