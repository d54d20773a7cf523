using Hedge.Storage.Exports;
using Hedge.Storage.Pages;
using Hedge.Storage.Ranges;
using Hedge.Storage.Runs;
using Hedge.Tests.Runs;
using NUnit.Framework;

namespace Hedge.Tests.Exports;

[Category("fast")]
public sealed class SnapshotReaderTests
{
    private const int Keys = 20_000;

    private MemoryDisk _disk = null!;
    private Run _older = null!;
    private Run _newer = null!;

    [SetUp]
    public void Fill()
    {
        _disk = new MemoryDisk();
        RunId oldId = new(1, 1);
        ModelEntry.Write(_disk, "old", Enumerable.Range(0, Keys).Select(i => Put(i, 1)), oldId);
        _older = Run.Open(_disk, "old", oldId);
        RunId newId = new(1, 2);
        using (RunWriter writer = new(_disk, "new", newId, new()))
        {
            RangeTombstones ranges = new();
            ranges.Delete(new KeyRange(Put(100, 0).Key, Put(Keys - 100, 0).Key));
            writer.Ranges = ranges;
            writer.Add(Put(5000, 2).Entry);
            writer.Finish();
        }

        _newer = Run.Open(_disk, "new", newId);
    }

    [TearDown]
    public void End()
    {
        _older.Release();
        _newer.Release();
        Assert.That(_disk.OpenFiles, Is.Zero);
    }

    [Test]
    public void What_a_range_delete_has_removed_is_not_read()
    {
        int[] left = [.. Enumerable.Range(0, 100), 5000, .. Enumerable.Range(Keys - 100, 100)];
        (List<string> keys, long bytes) = Read("");
        Assert.That(keys, Is.EqualTo(left.Select(i => $"key{i:D8}")));
        Assert.That(bytes, Is.LessThan(_older.Info.FileBytes / 10));
    }

    [Test]
    public void Nothing_is_read_behind_a_prefix()
    {
        (List<string> keys, long bytes) = Read("key0000001");
        Assert.That(keys, Is.EqualTo(Enumerable.Range(10, 10).Select(i => $"key{i:D8}")));
        Assert.That(bytes, Is.LessThanOrEqualTo(2 * Page.Bytes), "a block of each run");
    }

    private static ModelEntry Put(int number, byte value)
    {
        byte[] key = System.Text.Encoding.ASCII.GetBytes($"key{number:D8}");
        byte[] bytes = new byte[100];
        bytes[0] = value;
        return ModelEntry.Put(ModelEntry.KeyOf(1, key), bytes);
    }

    private (List<string> Keys, long BytesRead) Read(string prefix)
    {
        byte[] start = System.Text.Encoding.ASCII.GetBytes(prefix);
        using SnapshotReader reader = new(_disk, [_newer, _older], 1, 0, 4 * Page.Bytes, start);
        List<string> keys = [.. ModelEntry.Drain(reader)
            .Select(entry => System.Text.Encoding.ASCII.GetString(entry.Key))];
        return (keys, reader.BytesRead);
    }
}
