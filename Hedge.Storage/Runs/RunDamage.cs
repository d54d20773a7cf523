using System.Collections.Concurrent;
using Hedge.Storage.Damages;

namespace Hedge.Storage.Runs;

/// <summary>
/// Which blocks of an open run are known to be damaged. Merges leave such a run where it is: without the
/// damaged blocks, older versions of their keys would come back. Any thread; no locks.
/// </summary>
internal sealed class RunDamage
{
    private ConcurrentDictionary<long, bool>? _blocks;
    private long _avoidedUntil;
    private int _isMissing;

    /// <summary>True when some block is damaged.</summary>
    public bool Any => Volatile.Read(ref _blocks) is not null;

    /// <summary>True when the file is not in its directory any more: it should be written anew.</summary>
    public bool IsMissing
    {
        get => Volatile.Read(ref _isMissing) != 0;
        set => Volatile.Write(ref _isMissing, value ? 1 : 0);
    }

    /// <summary>Notes a damaged block by its offset.</summary>
    public void Add(long offset)
    {
        if (!Any) Interlocked.CompareExchange(ref _blocks, new ConcurrentDictionary<long, bool>(), null);
        if (_blocks!.Count < DamageRegister.PlacesMax) _blocks.TryAdd(offset, true);
    }

    /// <summary>True for the offset of a damaged block.</summary>
    public bool IsAt(long offset) => Volatile.Read(ref _blocks)?.ContainsKey(offset) == true;

    /// <summary>True when a block before an offset is damaged.</summary>
    public bool IsBefore(long offset)
    {
        if (Volatile.Read(ref _blocks) is not { } blocks) return false;
        foreach ((long damaged, bool _) in blocks) if (damaged < offset) return true;
        return false;
    }

    /// <summary>A part of the run could not be read: merges leave it alone until a time (Unix
    /// milliseconds).</summary>
    public void AvoidUntil(long milliseconds) => Volatile.Write(ref _avoidedUntil, milliseconds);

    /// <summary>True while merges leave the run alone.</summary>
    public bool IsAvoided(long nowMilliseconds) =>
        Any || nowMilliseconds < Volatile.Read(ref _avoidedUntil);
}
