using Hedge.Storage.Records;

namespace Hedge.Storage.Stores;

/// <summary>What can be known about a key without its value.</summary>
/// <param name="Exists">False when there is no such key. Then the rest is meaningless.</param>
/// <param name="Type">The type of its value.</param>
/// <param name="ExpireAt">When it expires, in Unix milliseconds; 0 for never.</param>
public readonly record struct KeyInfo(bool Exists, RecordType Type, long ExpireAt)
{
    /// <summary>Reads it from a record.</summary>
    public static KeyInfo Of(in Record record) =>
        record.Exists ? new KeyInfo(true, record.Type, record.ExpireAt) : default;
}
