using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

/// <summary>Types as TYPE and SCAN … TYPE name them.</summary>
internal static class TypeNames
{
    /// <summary>The type's name.</summary>
    public static ReadOnlySpan<byte> Of(RecordType type) => type switch
    {
        RecordType.String => "string"u8,
        RecordType.List => "list"u8,
        RecordType.Set => "set"u8,
        RecordType.SortedSet => "zset"u8,
        RecordType.Hash => "hash"u8,
        RecordType.Stream => "stream"u8,
        _ => "unknown"u8,
    };
}
