using Hedge.Storage.Records;
using Hedge.Storage.Types;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>A few streams in a partition's records, and the same in dictionaries.</summary>
internal abstract class StreamWorld(ulong seed) : StoredWorld(seed, Keys, StepsPerLife)
{
    protected const int Keys = 2;
    private const int StepsPerLife = 150;

    protected StreamModel[] Models { get; } = [new(), new()];

    /// <summary>How many entries are pending.</summary>
    public int Pending => Models.Sum(model => model.Groups.Values.Sum(group => group.Pending.Count));

    protected override RecordType TypeOf(int key) => RecordType.Stream;

    protected override void Check(int key)
    {
        StreamModel model = Models[key];
        string? found = null;
        StreamId id = AnyId(model);
        long before = model.Entries.Count(entry => entry.Key < id);
        bool isThere = model.Entries.ContainsKey(id);
        List<StreamId> backwards = [];
        Run(key, stream =>
        {
            Assert.That(stream.Collection.Exists, Is.EqualTo(model.Exists));
            found = StreamModel.TextOf(stream);
            if (found == null || !stream.TryCountBefore(id, after: true, out long count)) return false;
            Assert.That(count, Is.EqualTo(before + (isThere ? 1 : 0)));
            backwards.Clear();
            using StoredStream.Walk walk = stream.Entries(count - 1, isBackwards: true);
            while (walk.TryNext(out StreamId entry, out _)) backwards.Add(entry);
            return !walk.IsMissing && (!isThere || TryCheck(stream, id, before, model.Entries[id]));
        });
        Assert.That(found, Is.EqualTo(model.Text()), $"key {key}");
        Assert.That(backwards, Is.EqualTo(model.Entries.Keys.Where(entry => entry <= id).Reverse()));
    }

    private static bool TryCheck(StoredStream stream, StreamId id, long index, string expected)
    {
        if (!stream.TryAt(index, out StreamId at, out ReadOnlySpan<byte> content)) return false;
        Assert.That((at, StreamModel.Content(content)), Is.EqualTo((id, expected)));
        if (!stream.TryFind(id, out bool isFound, out content)) return false;
        Assert.That((isFound, StreamModel.Content(content)), Is.EqualTo((true, expected)));
        return true;
    }

    protected void Run(int key, Func<StoredStream, bool> work) =>
        Open(key, collection => work(new(collection)));

    protected StreamId AnyId(StreamModel model) => Random.Next(4) == 0 || model.Entries.Count == 0
        ? new(model.LastId.Milliseconds / 2, (ulong)Random.Next(3))
        : model.Entries.Keys[Random.Next(model.Entries.Count)];

    protected string Name()
    {
        string[] names = ["", "g", "ga", "gab", "h", new('g', 200)];
        return names[Random.Next(names.Length)];
    }
}
