namespace Hedge.Storage.Keys;

/// <summary>Corrections of key counts, by keyspace.</summary>
internal sealed class CountSums
{
    private readonly List<CountCorrection> _corrections = [];
    private int _last;

    /// <summary>The corrections, each keyspace once.</summary>
    public IReadOnlyList<CountCorrection> All => _corrections;

    /// <summary>Adds what a version of a key turned out to have replaced: no key, or one that had an
    /// expiry.</summary>
    /// <param name="keyspace">The key's keyspace.</param>
    /// <param name="existed">True when there was an older version that is not a tombstone.</param>
    /// <param name="expired">True when that had an expiry.</param>
    public void Replaced(uint keyspace, bool existed, bool expired)
    {
        if (!existed) Add(keyspace, 1, 0);
        else if (expired) Add(keyspace, 0, -1);
    }

    /// <summary>Adds to a keyspace.</summary>
    public void Add(uint keyspace, long keys, long expires)
    {
        if (_last >= _corrections.Count || _corrections[_last].Keyspace != keyspace)
        {
            _last = _corrections.FindIndex(correction => correction.Keyspace == keyspace);
            if (_last < 0)
            {
                _last = _corrections.Count;
                _corrections.Add(new CountCorrection(keyspace, 0, 0));
            }
        }

        CountCorrection old = _corrections[_last];
        _corrections[_last] = old with { Keys = old.Keys + keys, Expires = old.Expires + expires };
    }

    /// <summary>Adds all of another's.</summary>
    public void Add(CountSums other)
    {
        foreach (CountCorrection more in other._corrections) Add(more.Keyspace, more.Keys, more.Expires);
    }

    /// <summary>Takes all of another's away.</summary>
    public void Subtract(CountSums other)
    {
        foreach (CountCorrection less in other._corrections) Add(less.Keyspace, -less.Keys, -less.Expires);
    }
}

/// <summary>A correction of one keyspace's number of keys and of keys with an expiry.</summary>
internal readonly record struct CountCorrection(uint Keyspace, long Keys, long Expires);
