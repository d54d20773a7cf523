using Hedge.Storage.Keys;
using Hedge.Storage.Values;

namespace Hedge.Storage.Runs;

/// <summary>The kind of an entry.</summary>
internal enum RunEntryKind : byte
{
    /// <summary>The key has this record.</summary>
    Put = 0,

    /// <summary>The key is removed; look-ups do not go on to older runs.</summary>
    Tombstone = 1,
}

/// <summary>One entry of a run or of another sorted source. The source says how long its spans are
/// valid.</summary>
internal readonly ref struct RunEntry
{
    /// <summary>The internal key (<see cref="InternalKey"/>).</summary>
    public ReadOnlySpan<byte> Key { get; init; }

    /// <summary>Put or tombstone.</summary>
    public RunEntryKind Kind { get; init; }

    /// <summary>The record's type, as the partition numbers them; 0 in a tombstone.</summary>
    public byte Type { get; init; }

    /// <summary>The record's encoding, as the partition numbers them; 0 in a tombstone.</summary>
    public byte Encoding { get; init; }

    /// <summary>When the record expires, in milliseconds since 1970; 0 for never.</summary>
    public long ExpireAt { get; init; }

    /// <summary>The record's value, or the reference to it; empty in a tombstone.</summary>
    public ReadOnlySpan<byte> Value { get; init; }

    /// <summary>True when <see cref="Value"/> is a <see cref="ValueReference"/>.</summary>
    public bool IsReference { get; init; }

    /// <summary>The length of the record's value.</summary>
    public int ValueLength => IsReference ? ValueReference.LengthOf(Value) : Value.Length;

    /// <summary>True when it is unknown yet what this entry has replaced in the older runs. The counts take
    /// it for a key without an expiry.</summary>
    public bool IsUnresolved { get; init; }
}
