namespace Hedge.Host.Commands.Keys;

/// <summary>
/// A walk over one partition's keys that outlives the runs of its command: it remembers the last key it
/// visited, and goes on after it when the command is run again.
/// </summary>
internal sealed class KeyWalk
{
    private byte[] _last = [];
    private int _lastLength;

    /// <summary>True once the partition has no more keys.</summary>
    public bool Ended { get; private set; }

    /// <summary>Number of keys visited.</summary>
    public long Visited { get; private set; }

    /// <summary>The last key visited.</summary>
    public ReadOnlySpan<byte> Last => _last.AsSpan(0, _lastLength);

    /// <summary>Visits keys until the end, or until <paramref name="countMax"/> were visited in all runs, and
    /// adds those that pass the filter to <paramref name="keys"/>.</summary>
    /// <param name="context">The command.</param>
    /// <param name="partition">The partition, which the command holds.</param>
    /// <param name="after">Where to begin when nothing was visited yet.</param>
    /// <param name="fromStart">Begin at the first key instead.</param>
    /// <param name="filter">Which keys to add.</param>
    /// <param name="countMax">Keys to visit.</param>
    /// <param name="keys">Takes the keys.</param>
    /// <returns>False when a block must be read first.</returns>
    public bool TryRun(CommandContext context, int partition, ReadOnlySpan<byte> after, bool fromStart,
        in KeyFilter filter, long countMax, KeyList keys)
    {
        if (Ended || Visited >= countMax) return true;
        bool begun = Visited > 0;
        IKeyScan scan = context.Databases.Scan(context.Session.Database, partition, begun ? Last : after,
            fromStart && !begun, filter.Prefix);
        while (Visited < countMax)
        {
            switch (scan.MoveNext())
            {
                case ScanStep.NotResident:
                    return false;
                case ScanStep.End:
                    Ended = true;
                    return true;
                default:
                    Visit(scan.Key);
                    if (filter.Passes(scan.Key, scan.Type)) keys.Add(scan.Key);
                    break;
            }
        }

        return true;
    }

    private void Visit(ReadOnlySpan<byte> key)
    {
        if (_last.Length < key.Length) _last = new byte[Math.Max(key.Length, 64)];
        key.CopyTo(_last);
        _lastLength = key.Length;
        Visited++;
    }
}
