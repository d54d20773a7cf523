using Hedge.Storage.Scans;

namespace Hedge.Host.Commands.Keys;

/// <summary>
/// A walk over one partition's keys that outlives the runs of its command: it remembers the last key it
/// visited, and goes on after it when the command is run again.
/// </summary>
internal sealed class KeyWalk
{
    private byte[] _last = [];
    private int _lastLength;
    private bool _hasBegun;
    private int _idleRestarts;

    /// <summary>True once the partition has no more keys.</summary>
    public bool Ended { get; private set; }

    /// <summary>Number of keys visited.</summary>
    public long Visited { get; private set; }

    /// <summary>The last key visited, or behind it a removed one that was reached when a block was
    /// missing.</summary>
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
        in KeyFilter filter, long countMax, WordList keys)
    {
        if (Ended || Visited >= countMax) return true;
        IKeyScan scan = context.Databases.Scan(context.Session.Database, partition,
            _hasBegun ? Last : after, fromStart && !_hasBegun, filter.Prefix,
            new ScanExtent(countMax - Visited, _idleRestarts));
        while (Visited < countMax)
        {
            switch (scan.MoveNext())
            {
                case ScanStep.NotResident:
                    if (scan.HasStepped) Reach(scan.Key);
                    _idleRestarts++;
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
        Reach(key);
        Visited++;
        _idleRestarts = 0;
    }

    private void Reach(ReadOnlySpan<byte> key)
    {
        if (_last.Length < key.Length) _last = new byte[Math.Max(key.Length, 64)];
        key.CopyTo(_last);
        _lastLength = key.Length;
        _hasBegun = true;
    }
}
