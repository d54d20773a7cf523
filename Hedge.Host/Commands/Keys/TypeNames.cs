using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

/// <summary>Types as TYPE and SCAN … TYPE name them.</summary>
internal static class TypeNames
{
    /// <summary>The type's name.</summary>
    public static ReadOnlySpan<byte> Of(RecordType type) => type switch
    {
        RecordType.String => "string"u8,
        _ => "unknown"u8,
    };
}
