using System.Buffers.Binary;
using System.Text;
using Hedge.Host.Tools;
using Hedge.Storage.Collections;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using Hedge.Storage.Runs;
using Hedge.Tests.Processes;
using Hedge.Tests.Reliability;
using NUnit.Framework;

namespace Hedge.Tests.Checks;

/// <summary>Bugs that a test plants behind right checksums: the check must find each.</summary>
[TestFixture]
[Category("process")]
public sealed class CheckCanaryTests
{
    [Test]
    [PlantedBug("behind right checksums: a key vanishes")]
    [PlantedBug("behind right checksums: an expiry vanishes")]
    [PlantedBug("behind right checksums: the index of expiries lacks a key")]
    [PlantedBug("behind right checksums: an inner node counts one too many")]
    [PlantedBug("behind right checksums: a child is another node")]
    [PlantedBug("behind right checksums: a node vanishes")]
    [PlantedBug("behind right checksums: a node has other elements")]
    [PlantedBug("behind right checksums: a node is cut")]
    [PlantedBug("behind right checksums: a node belongs to no tree")]
    [PlantedBug("behind right checksums: a set of integers has a text")]
    [PlantedBug("behind right checksums: a small list is cut")]
    [PlantedBug("behind right checksums: a sorted set is out of order")]
    [PlantedBug("behind right checksums: a root is of no form")]
    [PlantedBug("behind right checksums: a root says earlier")]
    [PlantedBug("behind right checksums: a record is of no type")]
    public async Task Planted_bugs_are_found()
    {
        using CheckedDirectory written = await CheckedDirectory.WriteAsync(
            TestSeed.Next() % 100_000, false, isSaved: true, threshold: "0");
        Assert.That(CheckedDirectory.Check(written.Data).Code, Is.Zero);
        ulong collection = 0;
        ForgedRun.Change(written.Data, entry =>
        {
            if (collection == 0 && IsKey(entry, "set500")) collection = RootFormat.Collection(entry.Value);
            return null;
        });
        Dictionary<string, (string Says, Func<ForgedEntry, IEnumerable<ForgedEntry>?> Change)> bugs = new()
        {
            ["a key vanishes"] = ("DBSIZE is wrong",
                entry => IsKey(entry, "string") ? [] : null),
            ["an expiry vanishes"] = ("keys with an expiry",
                entry => IsKey(entry, "string") ? [entry with { ExpireAt = 0 }] : null),
            ["the index of expiries lacks a key"] = ("index of expiries does not have",
                entry => InternalKey.Keyspace(entry.Key) == 0
                    && InternalKey.ExpiringUserKey(entry.Key).SequenceEqual("string"u8) ? [] : null),
            ["an inner node counts one too many"] = ("says that",
                entry => Root(entry, "set500", root => root[26]++)),
            ["a child is another node"] = ("",
                entry => Root(entry, "set500", root => root[22]++)),
            ["a node vanishes"] = ("is missing",
                entry => IsNode(entry, collection) ? [] : null),
            ["a node has other elements"] = ("",
                entry => IsNode(entry, collection) ? [entry with { Value = [1, (byte)'x'] }] : null),
            ["a node is cut"] = ("",
                entry => IsNode(entry, collection) && entry.Value.Length > 300
                    ? [entry with { Value = entry.Value[..^1] }] : null),
            ["a node belongs to no tree"] = ("of which its trees have",
                entry => IsNode(entry, collection) ? [entry, Numbered(entry, [0x7F, 0, 0, 1])] : null),
            ["a set of integers has a text"] = ("element that cannot be",
                entry => Root(entry, "integers20", value => value[2] = (byte)'x')),
            ["a small list is cut"] = ("malformed",
                entry => IsKey(entry, "list20") ? [entry with { Value = entry.Value[..^1] }] : null),
            ["a sorted set is out of order"] = ("out of order",
                entry => Root(entry, "zset20", value => value[8] = 0x7F)),
            ["a root is of no form"] = ("its root is malformed",
                entry => Root(entry, "hash500", root => root[0] |= 7)),
            ["a root says earlier"] = ("expires before the root",
                entry => Root(entry, "timed20", value => value[7] = 0x7F)),
            ["a record is of no type"] = ("a record of type 9",
                entry => IsKey(entry, "string") ? [entry with { Type = 9 }] : null),
        };
        Assert.That(bugs.Keys.Select(bug => $"behind right checksums: {bug}"), Is.EquivalentTo(
            PlantedBugAttribute.Of(typeof(CheckCanaryTests), nameof(Planted_bugs_are_found))));
        foreach ((string bug, (string says, Func<ForgedEntry, IEnumerable<ForgedEntry>?> change)) in bugs)
        {
            string copy = written.Copy("forged");
            Assert.That(ForgedRun.Change(copy, change), Is.True, $"{bug}: there is nothing to change");
            (int code, string output) = CheckedDirectory.Check(copy);
            Assert.That(code, Is.EqualTo(ToolExit.Incomplete), $"{bug}: {written.Name}\n{output}");
            Assert.That(output, Does.Contain(says), bug);
        }

        await TestContext.Out.WriteLineAsync($"{bugs.Count} planted bugs, all found");
    }

    private static bool IsNode(ForgedEntry entry, ulong collection) =>
        entry.Kind == RunEntryKind.Put && entry.Type == (byte)RecordType.Node
        && BinaryPrimitives.ReadUInt64BigEndian(InternalKey.UserKey(entry.Key)) == collection;

    private static bool IsKey(ForgedEntry entry, string key) => entry.Kind == RunEntryKind.Put
        && InternalKey.Keyspace(entry.Key) is > 0 and < Keyspaces.NodeBit
        && InternalKey.UserKey(entry.Key).SequenceEqual(Encoding.Latin1.GetBytes(key));

    private static ForgedEntry[]? Root(ForgedEntry entry, string key, Action<byte[]> change)
    {
        if (!IsKey(entry, key)) return null;
        change(entry.Value);
        return [entry];
    }

    private static ForgedEntry Numbered(ForgedEntry entry, byte[] node) =>
        entry with { Key = [.. entry.Key[..^4], .. node] };
}
