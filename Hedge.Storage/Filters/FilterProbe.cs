using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Hedge.Storage.Keys;
using Hedge.Storage.Pages;

namespace Hedge.Storage.Filters;

/// <summary>A run's filter for look-ups, without a detour through the run.</summary>
// SAFETY: the run owns the bytes, which stay in place until its last reference is given back; who keeps a
// probe holds a reference. Offsets lie below the length by BloomFilter.BucketOffset.
internal readonly unsafe struct FilterProbe
{
    private readonly byte* _start;
    private readonly long _bytes;

    /// <summary>Makes a probe of the first <paramref name="bytes"/> bytes of a filter; 0 for an empty
    /// one.</summary>
    public FilterProbe(PageBuffer filter, long bytes)
    {
        Invariant.Check(bytes <= filter.Capacity, "a filter is whole in memory");
        _start = filter.Pointer;
        _bytes = bytes;
    }

    /// <summary>The filter's length.</summary>
    public long Bytes => _bytes;

    /// <summary>False when the key with this <see cref="KeyHash"/> is certainly not in the run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MayContain(ulong keyHash)
    {
        if (_bytes == 0) return false;
        byte* bucket = _start + BloomFilter.BucketOffset(keyHash, _bytes);
        return BloomFilter.Contains(new ReadOnlySpan<byte>(bucket, BloomFilter.BucketBytes), keyHash);
    }

    /// <summary>Begins to load what <see cref="MayContain"/> reads into the processor's cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(ulong keyHash)
    {
        if (Sse.IsSupported && _bytes > 0)
            Sse.Prefetch0(_start + BloomFilter.BucketOffset(keyHash, _bytes));
    }
}
