using Hedge.Storage.Records;
using NUnit.Framework;

namespace Hedge.Tests.Records;

[Category("fast")]
public sealed unsafe class RecordSorterTests
{
    [TestCase("", 1u)]
    [TestCase("", 3u)]
    [TestCase("a common prefix of some length:", 1u)]
    [TestCase("ab", 2u)]
    public void Records_come_in_the_order_of_keyspace_and_key(string prefix, uint keyspaces)
    {
        using RecordAllocator allocator = new();
        Random random = new(5);
        List<(uint Keyspace, string Key)> keys = [];
        for (int i = 0; i < 3000; i++)
        {
            string key = prefix + new string((char)('a' + random.Next(3)), random.Next(12)) + random.Next(50);
            keys.Add(((uint)random.Next((int)keyspaces) + 1, key));
        }

        uint[] indices = new uint[keys.Count];
        nint[] records = new nint[keys.Count];
        for (int i = 0; i < indices.Length; i++)
        {
            ReadOnlySpan<byte> key = System.Text.Encoding.Latin1.GetBytes(keys[i].Key);
            RecordHeader* record = allocator.Allocate(RecordHeader.SizeBytes + key.Length);
            record->Keyspace = keys[i].Keyspace;
            record->KeyLength = (ushort)key.Length;
            key.CopyTo(new Span<byte>(record + 1, key.Length));
            indices[i] = (uint)i;
            records[i] = (nint)record;
        }

        RecordSorter.Sort(indices, records);
        List<(uint, string)> sorted = [.. indices.Select(index => keys[(int)index])];
        List<(uint, string)> expected = [.. keys.OrderBy(key => key.Keyspace).ThenBy(key => key.Key,
            StringComparer.Ordinal)];
        Assert.That(sorted, Is.EqualTo(expected));
    }
}
