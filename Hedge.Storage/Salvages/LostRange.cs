using Hedge.Storage.Keys;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Salvages;

/// <summary>Keys of which a run may have had an entry that cannot be read. An older version of such a key may
/// have been replaced or removed by it.</summary>
/// <param name="Run">The run's file number.</param>
/// <param name="From">The first key; empty for the beginning.</param>
/// <param name="To">The first key behind; empty for the end.</param>
/// <param name="Filter">The run, if its filter knows its keys; null when nothing is known.</param>
internal sealed record LostRange(ulong Run, byte[] From, byte[] To, Run? Filter)
{
    /// <summary>Keys whose older version stands in for them.</summary>
    public long Doubtful { get; set; }

    /// <summary>True when the run may have had an entry of a key.</summary>
    public bool MayHave(ReadOnlySpan<byte> key)
    {
        if (key.SequenceCompareTo(From) < 0) return false;
        if (To.Length > 0 && key.SequenceCompareTo(To) >= 0) return false;
        return Filter is null || InternalKey.Keyspace(key) == InternalKey.ExpiryKeyspace
            || Filter.MayContain(InternalKey.Hash(key));
    }
}
