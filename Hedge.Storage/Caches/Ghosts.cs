namespace Hedge.Storage.Caches;

/// <summary>
/// Remembers what a cache has given up last, and counts what of it is wanted again: that a larger cache would
/// have had. One owner thread; the count may be read by any.
/// </summary>
/// <remarks>Each thing has one place by its hash and displaces what was there: about as many as there are
/// places are remembered, the latest ones most likely.</remarks>
internal sealed class Ghosts
{
    private readonly uint[] _tags;
    private long _hits;

    /// <summary>Makes it empty.</summary>
    /// <param name="count">How many things it remembers, a power of two.</param>
    public Ghosts(int count)
    {
        Invariant.Check(int.IsPow2(count), "the number of ghosts is a power of two");
        _tags = new uint[count];
    }

    /// <summary>How many things it remembers.</summary>
    public int Count => _tags.Length;

    /// <summary>How often something remembered was wanted again. Any thread.</summary>
    public long Hits => Volatile.Read(ref _hits);

    /// <summary>The cache has given something up.</summary>
    public void Remember(ulong hash) => _tags[Place(hash)] = Tag(hash);

    /// <summary>Something that the cache does not have is wanted.</summary>
    public void Missed(ulong hash)
    {
        ref uint tag = ref _tags[Place(hash)];
        if (tag != Tag(hash)) return;
        tag = 0;
        Volatile.Write(ref _hits, _hits + 1);
    }

    private static uint Tag(ulong hash) => (uint)(hash >> 32) | 1;

    private int Place(ulong hash) => (int)hash & (_tags.Length - 1);
}
