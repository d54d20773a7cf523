using System.Runtime.InteropServices;
using Hedge.Storage.Keys;
using Hedge.Storage.Records;
using NUnit.Framework;

namespace Hedge.Tests.Records;

[Category("fast")]
public sealed unsafe class RecordTableTests
{
    [Test]
    public void Random_insertions_and_removals_agree_with_a_dictionary()
    {
        using RecordTable table = new();
        using RecordAllocator allocator = new();
        Random random = new(2);
        Dictionary<long, nint> model = [];
        for (int i = 0; i < 200_000; i++)
        {
            long key = random.Next(60_000);
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in key));
            ulong hash = KeyHash.Compute(1, bytes);
            ulong* slot = table.Find(hash, 1, bytes);
            Assert.That(slot != null, Is.EqualTo(model.ContainsKey(key)));
            if (slot == null)
            {
                nint record = (nint)Make(allocator, bytes);
                table.Insert(hash, (RecordHeader*)record);
                model.Add(key, record);
            }
            else if (random.Next(3) == 0)
            {
                Assert.That((nint)RecordTable.RecordAt(slot), Is.EqualTo(model[key]));
                table.Remove(slot, hash);
                allocator.Free((RecordHeader*)model[key]);
                model.Remove(key);
            }
        }

        Assert.That(table.Count, Is.EqualTo(model.Count));
        Collector collector = new() { Seen = [] };
        TablePosition position = default;
        while (table.Walk(ref position, 100, ref collector))
        {
        }

        Assert.That(collector.Seen, Is.EquivalentTo(model.Values));
    }

    [Test]
    public void A_walk_that_removes_everything_leaves_an_empty_table()
    {
        using RecordTable table = new();
        using RecordAllocator allocator = new();
        for (long key = 0; key < 50_000; key++)
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in key));
            table.Insert(KeyHash.Compute(1, bytes), Make(allocator, bytes));
        }

        Remover remover = new() { Allocator = allocator };
        TablePosition position = default;
        while (table.Walk(ref position, 1000, ref remover))
        {
        }

        Assert.That(table.Count, Is.Zero);
        Assert.That(allocator.Allocations, Is.Zero);
    }

    private static RecordHeader* Make(RecordAllocator allocator, ReadOnlySpan<byte> key)
    {
        RecordHeader* record = allocator.Allocate(RecordHeader.SizeBytes + key.Length);
        record->Keyspace = 1;
        record->KeyLength = (ushort)key.Length;
        record->ValueLength = 0;
        key.CopyTo(new Span<byte>(record + 1, key.Length));
        return record;
    }

    private struct Collector : IRecordVisitor
    {
        public List<nint> Seen;

        public readonly bool Visit(RecordHeader* record)
        {
            Seen.Add((nint)record);
            return false;
        }
    }

    private struct Remover : IRecordVisitor
    {
        public RecordAllocator Allocator;

        public readonly bool Visit(RecordHeader* record)
        {
            Allocator.Free(record);
            return true;
        }
    }
}
