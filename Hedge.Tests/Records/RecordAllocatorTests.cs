using Hedge.Storage.Records;
using NUnit.Framework;

namespace Hedge.Tests.Records;

[Category("fast")]
public sealed unsafe class RecordAllocatorTests
{
    [Test]
    public void Every_size_gets_the_smallest_class_that_holds_it()
    {
        for (int bytes = 33; bytes <= SizeClasses.BytesMax; bytes++)
        {
            int sizeClass = SizeClasses.ClassOf(bytes);
            Assert.That(SizeClasses.BytesOf(sizeClass), Is.GreaterThanOrEqualTo(bytes));
            if (sizeClass > 0) Assert.That(SizeClasses.BytesOf(sizeClass - 1), Is.LessThan(bytes));
        }

        Assert.That(SizeClasses.ClassOf(SizeClasses.BytesMax), Is.EqualTo(SizeClasses.Count - 1));
    }

    [Test]
    public void Random_allocations_keep_their_contents_and_leak_nothing()
    {
        using RecordAllocator allocator = new();
        Random random = new(1);
        List<(nint Record, byte Fill, int Bytes)> live = [];
        for (int i = 0; i < 60_000; i++)
        {
            if (live.Count > 0 && random.Next(100) < (i < 30_000 ? 40 : 60))
            {
                int victim = random.Next(live.Count);
                Check(allocator, live[victim]);
                allocator.Free((RecordHeader*)live[victim].Record);
                live[victim] = live[^1];
                live.RemoveAt(live.Count - 1);
                continue;
            }

            int bytes = random.Next(20) == 0 ? random.Next(33, 100_000) : random.Next(33, 600);
            RecordHeader* record = allocator.Allocate(bytes);
            byte fill = (byte)random.Next(256);
            new Span<byte>(record + 1, bytes - RecordHeader.SizeBytes).Fill(fill);
            live.Add(((nint)record, fill, bytes));
        }

        foreach ((nint Record, byte Fill, int Bytes) one in live)
        {
            Check(allocator, one);
            allocator.Free((RecordHeader*)one.Record);
        }

        Assert.That(allocator.Allocations, Is.Zero);
        Assert.That(allocator.BytesInUse, Is.Zero);
        Assert.That(allocator.BytesHeld, Is.LessThan(SizeClasses.Count * 1024 * 1024));
    }

    [Test]
    public void An_own_allocation_grows_with_its_contents()
    {
        using RecordAllocator allocator = new();
        RecordHeader* record = allocator.Allocate(40_000);
        new Span<byte>(record + 1, 1000).Fill(7);
        record = allocator.GrowOwn(record, 9_000_000);
        Assert.That(new Span<byte>(record + 1, 1000).IndexOfAnyExcept((byte)7), Is.EqualTo(-1));
        Assert.That(allocator.Capacity(record), Is.EqualTo(9_000_000));
        allocator.Free(record);
        Assert.That(allocator.BytesHeld, Is.Zero);
    }

    [Test]
    public void Closed_chunks_take_nothing_new_and_go_when_they_are_empty()
    {
        using RecordAllocator allocator = new();
        Random random = new(1);
        List<nint> live = [];
        for (int i = 0; i < 100_000; i++) live.Add((nint)allocator.Allocate(random.Next(60, 300)));
        for (int i = 0; i < 70_000; i++)
        {
            int victim = random.Next(live.Count);
            allocator.Free((RecordHeader*)live[victim]);
            live[victim] = live[^1];
            live.RemoveAt(live.Count - 1);
        }

        long held = allocator.BytesHeld;
        allocator.CloseEmptiest(3);
        HashSet<nint> closed = [.. allocator.ClosedChunks];
        Assert.That(closed, Has.Count.EqualTo(3));
        for (int i = 0; i < 20_000; i++)
        {
            nint record = (nint)allocator.Allocate(random.Next(60, 300));
            Assert.That(closed, Does.Not.Contain(ChunkArena.ChunkOf((void*)record)));
            allocator.Free((RecordHeader*)record);
        }

        Seen seen = new();
        while (allocator.VisitClosed(100, ref seen))
        {
        }

        Assert.That(seen.Records, Is.EquivalentTo(
            live.Where(record => closed.Contains(ChunkArena.ChunkOf((void*)record)))));
        Assert.That(allocator.ClosedChunks, Is.EquivalentTo(closed), "what was shown is still there");
        seen.Frees = true;
        while (allocator.VisitClosed(100, ref seen))
        {
        }

        Assert.That(allocator.ClosedChunks, Is.Empty);
        Assert.That(allocator.BytesHeld, Is.LessThanOrEqualTo(held - (3 * ChunkArena.ChunkBytes)));
    }

    private struct Seen() : IRecordVisitor
    {
        public List<nint> Records { get; } = [];

        public bool Frees { get; set; }

        public bool Visit(RecordHeader* record)
        {
            Records.Add((nint)record);
            return Frees;
        }
    }

    private static void Check(RecordAllocator allocator, (nint Record, byte Fill, int Bytes) one)
    {
        RecordHeader* record = (RecordHeader*)one.Record;
        Span<byte> content = new(record + 1, one.Bytes - RecordHeader.SizeBytes);
        Assert.That(content.IndexOfAnyExcept(one.Fill), Is.EqualTo(-1));
        Assert.That(allocator.Capacity(record), Is.GreaterThanOrEqualTo(one.Bytes));
    }
}
