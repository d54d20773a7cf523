namespace Hedge.Storage.Records;

/// <summary>What is stored under a key.</summary>
internal readonly ref struct RecordContent
{
    /// <summary>The value.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>Unix milliseconds; 0 for never.</summary>
    public long ExpireAt { get; init; }

    /// <summary>What the value is.</summary>
    public RecordType Type { get; init; }

    /// <summary>How OBJECT ENCODING shows it.</summary>
    public StringEncoding Encoding { get; init; }
}
