using System.Buffers.Binary;
using System.Text;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Storage.Records;

namespace Hedge.Tests.Commands.Keys.Payloads;

/// <summary>The elements of a payload, for comparisons; also a way to write them again.</summary>
internal sealed class CollectedElements : ICollectionSink
{
    /// <summary>What was read, in its order.</summary>
    public List<(byte[] Name, byte[] Value, double Score)> Elements { get; } = [];

    /// <summary>Reads a payload; null when it is malformed.</summary>
    public static CollectedElements? Read(byte[] payload)
    {
        using var seen = new MemberSet();
        var elements = new CollectedElements();
        using var reader = new CollectionReader<CollectedElements>(payload, seen, ref elements);
        return reader.TryRead() ? elements : null;
    }

    /// <summary>Seals a payload whose last ten bytes are the footer.</summary>
    public static byte[] Seal(byte[] payload)
    {
        int end = payload.Length - 8;
        payload[end - 2] = 10;
        payload[end - 1] = 0;
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(end), Crc64.Compute(payload.AsSpan(0, end)));
        return payload;
    }

    public bool TakeElement(ReadOnlySpan<byte> element) => Take(element, default, 0);

    public bool TakeMember(ReadOnlySpan<byte> member) => Take(member, default, 0);

    public bool TakeMember(ReadOnlySpan<byte> member, double score) => Take(member, default, score);

    public bool TakeField(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value) => Take(field, value, 0);

    /// <summary>Writes the elements as a payload of the same type.</summary>
    public byte[] Write(DumpType type)
    {
        using CollectionPayload payload = DumpReader.TypeOf([(byte)type, .. new byte[10]]) switch
        {
            RecordType.List => CollectionPayload.List(-2),
            RecordType.Set => CollectionPayload.Set(type == DumpType.SetIntset),
            RecordType.SortedSet => CollectionPayload.SortedSet(type == DumpType.SortedSetListpack),
            _ => CollectionPayload.Hash(type == DumpType.HashListpack),
        };
        foreach ((byte[] name, byte[] value, double score) in Elements)
        {
            if (type == DumpType.ListOfListpacks) payload.AddElement(name);
            else if (type is DumpType.Set or DumpType.SetIntset) payload.AddMember(name);
            else if (type is DumpType.Hash or DumpType.HashListpack) payload.AddField(name, value);
            else payload.AddMember(name, score);
        }

        return payload.End().ToArray();
    }

    /// <summary>The elements as the type's own command shows them (LRANGE, SMEMBERS, HGETALL, ZRANGE
    /// WITHSCORES with scores as numbers), in an order of their own but for lists.</summary>
    public IEnumerable<string> Shown(RecordType type)
    {
        IEnumerable<string> words = Elements.Select(e => type switch
        {
            RecordType.Hash => $"{Text(e.Name)} = {Text(e.Value)}",
            RecordType.SortedSet => $"{Text(e.Name)} = {e.Score + 0.0:R}",
            _ => Text(e.Name),
        });
        return type == RecordType.List ? words : words.Order(StringComparer.Ordinal);
    }

    private static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    private bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, double score)
    {
        Elements.Add((name.ToArray(), value.ToArray(), score));
        return true;
    }
}
