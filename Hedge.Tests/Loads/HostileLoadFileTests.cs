using System.Globalization;
using Hedge.Storage.Caches;
using Hedge.Storage.CollectionFiles;
using Hedge.Storage.Collections;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;
using Hedge.Storage.Loads;
using Hedge.Storage.Records;
using Hedge.Tests.Simulation;
using NUnit.Framework;
using static Hedge.Tests.Loads.LoadFileBuilder;

namespace Hedge.Tests.Loads;

/// <summary>Load files with collections that somebody has tampered with, and then made the sums right.
/// </summary>
[Category("fast")]
internal sealed class HostileLoadFileTests
{
    private const string Path = "input";
    private const int Many = 14;

    private static readonly string[] Names =
        [.. Enumerable.Range(0, Many).Select(i => string.Create(CultureInfo.InvariantCulture, $"m{i:000}"))];

    private readonly SimDisk _disk = new(1, new SimClock());
    private EngineShared _shared = null!;

    [SetUp]
    public void Begin() => _shared = new EngineShared(_disk, "data", 1, 1)
    {
        HashSeed = 99,
        Caches = new CacheBalance(1, 1 << 20, true),
        Shape = TreeShape.Of(64),
    };

    [Test]
    public void A_file_of_all_types_is_read()
    {
        long nodes = Read(Valid().File());
        Assert.That(nodes, Is.GreaterThan(20));
    }

    [Test]
    public void No_changed_byte_does_more_than_to_be_refused()
    {
        byte[] file = Valid().File();
        long records = Valid().Records;
        int refused = 0;
        int read = 0;
        for (int at = LoadFileFormat.HeaderBytes; at < file.Length; at++)
        {
            foreach (byte change in (byte[])[1, 0xF0])
            {
                byte[] body = file[LoadFileFormat.HeaderBytes..];
                body[at - LoadFileFormat.HeaderBytes] ^= change;
                try
                {
                    Read(FileOf(body, records));
                    read++;
                }
                catch (LoadException)
                {
                    refused++;
                }
            }
        }

        TestContext.Out.WriteLine($"{refused} refused, {read} read");
        Assert.That(refused, Is.GreaterThan(2 * read));
    }

    [Test]
    public void No_shorter_file_is_read()
    {
        byte[] body = Valid().File()[LoadFileFormat.HeaderBytes..];
        for (int length = 0; length < body.Length; length += 2)
        {
            byte[] file = FileOf(body.AsSpan(0, length), Valid().Records);
            Assert.That(() => Read(file), Throws.InstanceOf<LoadException>()
                .With.Message.Contains("ends within"));
        }
    }

    [Test]
    public void Other_versions_are_refused_and_the_one_before_is_read()
    {
        Assert.That(() => Read(FileOf([], 0, 4)), Throws.InstanceOf<LoadException>()
            .With.Message.EqualTo("load file ./input has format version 4; this build reads 2 and 3"));
        byte[] body = [1, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)'k', (byte)'v', (byte)'w'];
        Assert.That(Read(FileOf(body, 1, 2)), Is.Zero);
    }

    [TestCaseSource(nameof(Wrong))]
    public void What_does_not_fit_is_refused_with_its_place(string what, Action<LoadFileBuilder> make)
    {
        LoadFileBuilder file = new();
        file.Value("a", RecordType.String, "value"u8.ToArray());
        int at = LoadFileFormat.HeaderBytes + file.BodyBytes;
        make(file);
        Assert.That(() => Read(file.File()), Throws.InstanceOf<LoadException>().With.Message.EndsWith(
            string.Create(CultureInfo.InvariantCulture, $"(record 2, which begins at byte {at})")), what);
    }

    private static IEnumerable<TestCaseData> Wrong()
    {
        byte[][] members = Hashed(Names.Select(name => (name, Text(name))));
        byte[][] index = Hashed(Names.Select(name => (name, Indexed(1, name))));
        byte[][] scores = [.. Names.Select(name => Scored(1, name))];
        byte[][] fields = Hashed(Names.Select(name => (name, Field(name, "v"))));
        const RecordType zset = RecordType.SortedSet;
        foreach ((string what, Action<LoadFileBuilder> make) in new (string, Action<LoadFileBuilder>)[]
        {
            ("members out of order", f => f.Trees("k", RecordType.Set, Many, [.. members.Reverse()])),
            ("a member twice", f => f.Trees("k", RecordType.Set, Many + 1, [members[0], .. members])),
            ("more members", f => f.Trees("k", RecordType.Set, Many - 1, members)),
            ("fewer members", f => f.Trees("k", RecordType.Set, Many + 1, members)),
            ("too many members", f => f.Trees("k", RecordType.Set, 1L << 32, members)),
            ("no members", f => f.Trees("k", RecordType.Set, 0, [[]])),
            ("an empty leaf", f => f.Value("k", RecordType.Set)),
            ("a member twice in a leaf", f => f.Value("k", RecordType.Set, Text("a"), Text("b"), Text("a"))),
            ("not integers", f => f.Trees("k", RecordType.Set, 0, Many, members)),
            ("no scores", f => f.Trees("k", zset, Many, index, [])),
            ("another score", f => f.Trees("k", zset, Many, index, [.. scores[1..], Scored(2, Names[0])])),
            ("scores out of order", f => f.Trees("k", zset, Many, index, [.. scores.Reverse()])),
            ("no number", f => f.Value("k", zset, Scored(double.NaN, "a"))),
            ("a leaf's scores", f => f.Value("k", zset, Scored(2, "a"), Scored(1, "b"))),
            ("a leaf's member twice", f => f.Value("k", zset, Scored(1, "a"), Scored(2, "a"))),
            ("a time for no field", f => f.Trees("k", RecordType.Hash, Many, fields, [Scored(5, Names[0])])),
            ("no time", f => f.Trees("k", RecordType.Hash, 1, [Field("a", "v", 5)], [])),
            ("another time", f => f.Trees("k", RecordType.Hash, 1, [Field("a", "v", 5)], [Scored(6, "a")])),
            ("half a time", f => f.Trees("k", RecordType.Hash, 1, [Field("a", "v", 5)], [Scored(5.5, "a")])),
            ("a negative time", f => f.Value("k", RecordType.Hash, Field("a", "v", -5))),
            ("a string with trees", f => f.Trees("k", RecordType.String, 1, [Text("a")])),
            ("no type", f => f.Value("k", (RecordType)6, Text("a"))),
            ("a node", f => f.Value("k", RecordType.Node, Text("a"))),
            ("a key twice", f => f.Value("a", RecordType.Set, Text("a"))),
            ("a short element", f => f.Value("k", RecordType.List, [9, 1, 2])),
            ("an endless length", f => f.Value("k", RecordType.List, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1])),
            ("a long leaf", f => f.Value("k", RecordType.List,
                [.. Enumerable.Repeat(Text(new byte[100]), 200)])),
            ("an owner that is not there", f => f.Value("k", RecordType.Stream,
                [Head(1), Group(0, 1), Pending(0, 0)])),
            ("a group that is not there", f => f.Value("k", RecordType.Stream, [Head(1), Consumer(0, 0)])),
            ("a consumer without a name", f => f.Value("k", RecordType.Stream,
                [Head(1), Group(0, 1), Consumer(0, 0)])),
            ("pending once", f => f.Value("k", RecordType.Stream,
                [Head(1), Group(0, 1), Consumer(0, 0), Pending(0, 0), ConsumerName(0, 0)])),
            ("a number of later", f => f.Value("k", RecordType.Stream, [Head(0), Group(0, 0)])),
            ("half an entry", f => f.Value("k", RecordType.Stream, Item([5, .. Id], [1, 1, 65]))),
            ("an entry and more", f => f.Value("k", RecordType.Stream, Item([5, .. Id], [0, 1]))),
            ("an unknown kind", f => f.Value("k", RecordType.Stream, Item([6, .. Id], []))),
        })
            yield return new TestCaseData(what, make).SetArgDisplayNames(what);
    }

    private static byte[] Id => [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1];

    private static byte[] Head(byte nextGroup) => Item([0], [.. new byte[40], nextGroup, 0, 0, 0]);

    private static byte[] Group(byte number, byte nextConsumer) =>
        Item([1, (byte)'g'], [number, 0, 0, 0, .. new byte[24], nextConsumer, 0, 0, 0]);

    private static byte[] Consumer(byte group, byte number) =>
        Item([2, 0, 0, 0, group, (byte)'c'], [number, 0, 0, 0, .. new byte[16]]);

    private static byte[] Pending(byte group, byte consumer) =>
        Item([3, 0, 0, 0, group, .. Id], [consumer, 0, 0, 0, .. new byte[16]]);

    private static byte[] ConsumerName(byte group, byte consumer) =>
        Item([4, 0, 0, 0, group, 0, 0, 0, consumer], [(byte)'c']);

    private static byte[] Owned(byte group, byte consumer) =>
        Item([4, 0, 0, 0, group, 0, 0, 0, consumer, .. Id], []);

    private static LoadFileBuilder Valid()
    {
        byte[][] times = [.. Names[..5].Select((name, i) => Scored(1000 + i, name))];
        byte[][] fields = Hashed(Names.Select((name, i) => (name, Field(name, "v", i < 5 ? 1000 + i : 0))));
        byte[][] stream =
        [
            Head(1), Group(0, 1), Consumer(0, 0), Pending(0, 0), ConsumerName(0, 0), Owned(0, 0),
            .. Enumerable.Range(1, Many).Select(i => Item([5, .. Id[..15], (byte)i], [1, 1, 65, 1, 66])),
        ];
        return new LoadFileBuilder()
            .Trees("hash", RecordType.Hash, Many, fields, times)
            .Value("hash2", RecordType.Hash, Field("a", "b"), Field("c", "d", 77))
            .Trees("list", RecordType.List, Many, [.. Names.Select(Text)])
            .Value("list2", RecordType.List, Text("a"), Text("a"))
            .Trees("set", RecordType.Set, Many, Hashed(Names.Select(name => (name, Text(name)))))
            .Value("set2", RecordType.Set, Text("b"), Text("a"))
            .Trees("stream", RecordType.Stream, stream.Length, stream)
            .Value("stream2", RecordType.Stream, stream[..8])
            .Value("string", RecordType.String, "value"u8.ToArray())
            .Trees("zset", RecordType.SortedSet, Many,
                Hashed(Names.Select(name => (name, Indexed(name[^1], name)))),
                [.. Names.OrderBy(name => name[^1]).ThenBy(name => name, StringComparer.Ordinal)
                    .Select(name => Scored(name[^1], name))])
            .Value("zset2", RecordType.SortedSet, Scored(1, "b"), Scored(2, "a"));
    }

    private long Read(byte[] content)
    {
        if (_disk.Exists(Path)) _disk.Delete(Path);
        using (DiskFile made = _disk.Open(Path, DiskOpenMode.Create)) _disk.Write(made, 0, content);
        using LoadFileReader reader = new(_disk, TransferPath.At(Path));
        Numbers numbers = new();
        while (reader.MoveNext())
        {
            if (reader.Type == RecordType.String) continue;
            CollectionLoad load = new(reader, _shared, numbers);
            while (load.GoOn())
            {
            }

            byte[] root = load.RootOf(7);
            Assert.That(RootFormat.Collection(root), Is.EqualTo(load.Nodes > 0 ? 7UL : 0));
            numbers.Last = 0;
        }

        return numbers.Count;
    }

    private sealed class Numbers : INodeVisitor
    {
        public long Count { get; private set; }

        public uint Last { get; set; }

        public void Visit(uint node, ReadOnlySpan<byte> bytes)
        {
            Assert.That(node, Is.GreaterThan(Last));
            Last = node;
            Count++;
        }
    }
}
