namespace Hedge.Storage.Records;

/// <summary>The content of a key.</summary>
internal readonly ref struct RecordContent
{
    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>Unix milliseconds; 0 for never.</summary>
    public long ExpireAt { get; init; }

    /// <summary>The type of the value.</summary>
    public RecordType Type { get; init; }

    /// <summary>How OBJECT ENCODING shows it.</summary>
    public StringEncoding Encoding { get; init; }
}
