using System.Runtime.CompilerServices;

namespace Hedge.Storage.Records;

/// <summary>
/// A view of one key's record, or of its absence. Valid until the next write to the partition or the end of
/// the command, whichever comes first. Only the thread that holds the partition may use it.
/// </summary>
public readonly unsafe struct Record
{
    // SAFETY: null, or a live record of the partition the holder got it from; see the validity rule above.
    private readonly RecordHeader* _header;

    internal Record(RecordHeader* header) => _header = header;

    internal RecordHeader* Header => _header;

    /// <summary>False when the key does not exist or has expired. Then only these members may be used:
    /// <see cref="Value"/> and <see cref="ExpireAt"/>, which are then empty and 0.</summary>
    public bool Exists
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _header != null;
    }

    /// <summary>What the key holds.</summary>
    public RecordType Type => (RecordType)_header->Type;

    /// <summary>How OBJECT ENCODING shows a string.</summary>
    public StringEncoding Encoding => (StringEncoding)_header->Encoding;

    /// <summary>The value's bytes.</summary>
    public ReadOnlySpan<byte> Value
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _header == null
            ? default
            : new ReadOnlySpan<byte>((byte*)(_header + 1) + _header->KeyLength, _header->ValueLength);
    }

    /// <summary>When the key expires, Unix milliseconds; 0 for never.</summary>
    public long ExpireAt => _header == null ? 0 : _header->ExpireAt;

    /// <summary>Last access in seconds of Unix time, modulo 2^32 (OBJECT IDLETIME).</summary>
    public uint LastAccess => _header->LastAccess;

    /// <summary>Logarithmic access counter.</summary>
    public byte Frequency => _header->Frequency;

    /// <summary>The access counter, less what the time without an access has taken (OBJECT FREQ).</summary>
    /// <param name="nowSeconds">The time, seconds modulo 2^32.</param>
    /// <param name="rules">How it falls.</param>
    public int FrequencyAt(uint nowSeconds, in FrequencyRules rules) => rules.Decayed(
        _header->Frequency, (uint)Math.Max(0, (int)(nowSeconds - _header->LastAccess)));

    /// <summary>Native memory that the record takes, in bytes (MEMORY USAGE).</summary>
    public int MemoryBytes => RecordHeader.SizeBytes + _header->KeyLength + _header->ValueLength;
}
