using Hedge.Storage.Pages;
using Hedge.Storage.Runs;

namespace Hedge.Storage.Lookups;

/// <summary>
/// Remembers in which run and block look-ups that have to wait for a read are going to find their key, so
/// that they need not ask filters and index again afterwards. One owner thread.
/// </summary>
/// <remarks>Each look-up has one place by its hash and displaces what was there. What is remembered holds for
/// one key and one list of runs, which are both compared whole, and never becomes wrong.</remarks>
internal sealed class LocatedBlocks
{
    /// <summary>Longer keys are not remembered.</summary>
    public const int KeyBytesMax = 96;

    private const int Count = 256;

    private Entry[] _entries = [];
    private byte[] _keys = [];

    /// <summary>Where to go on for a key; false when that is not known.</summary>
    /// <param name="runs">The list of runs that is asked.</param>
    /// <param name="internalKey">The key.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="run">The position of the first run that may have the key.</param>
    /// <param name="location">The block that may.</param>
    public bool TryGet(Run[] runs, ReadOnlySpan<byte> internalKey, ulong hash, out int run,
        out BlockLocation location)
    {
        run = 0;
        location = default;
        if (_entries.Length == 0) return false;
        int place = Place(hash);
        ref readonly Entry entry = ref _entries[place];
        if (entry.Hash != hash || !ReferenceEquals(entry.Runs, runs)) return false;
        if (!internalKey.SequenceEqual(KeyAt(place)[..entry.KeyBytes])) return false;
        run = entry.Run;
        location = entry.Location;
        return true;
    }

    /// <summary>Remembers it. The runs before have nothing to say about the key, going by their
    /// filters.</summary>
    public void Remember(Run[] runs, ReadOnlySpan<byte> internalKey, ulong hash, int run,
        BlockLocation location)
    {
        if (internalKey.Length > KeyBytesMax) return;
        if (_entries.Length == 0)
        {
            _entries = new Entry[Count];
            _keys = new byte[Count * KeyBytesMax];
        }

        int place = Place(hash);
        internalKey.CopyTo(KeyAt(place));
        _entries[place] = new Entry(runs, hash, location, run, internalKey.Length);
    }

    private static int Place(ulong hash) => (int)hash & (Count - 1);

    private Span<byte> KeyAt(int place) => _keys.AsSpan(place * KeyBytesMax, KeyBytesMax);

    private readonly record struct Entry(
        Run[] Runs, ulong Hash, BlockLocation Location, int Run, int KeyBytes);
}
