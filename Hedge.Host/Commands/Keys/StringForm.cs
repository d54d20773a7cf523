using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

/// <summary>How Redis would keep a string: what OBJECT shows of it.</summary>
internal static class StringForm
{
    private const int EmbeddedBytesMax = 44;
    private const int SharedIntegers = 10_000;
    private const int SharedReferences = int.MaxValue;

    /// <summary>"int", "embstr" or "raw".</summary>
    public static ReadOnlySpan<byte> EncodingOf(in Record record)
    {
        if (IsInteger(record, out _)) return "int"u8;
        bool embedded = record.Encoding != StringEncoding.Raw && record.Value.Length <= EmbeddedBytesMax;
        return embedded ? "embstr"u8 : "raw"u8;
    }

    /// <summary>References to the value: Redis shares small integers, everything else has one
    /// owner.</summary>
    public static int ReferencesOf(in Record record) =>
        IsInteger(record, out long value) && value is >= 0 and < SharedIntegers ? SharedReferences : 1;

    private static bool IsInteger(in Record record, out long value)
    {
        value = 0;
        return record is { Type: RecordType.String, Encoding: StringEncoding.Derived }
            && Numbers.TryParseInt64(record.Value, out value);
    }
}
