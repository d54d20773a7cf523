namespace Hedge.Storage.Readers;

/// <summary>What the tables of all partitions share that remember who has read which key: how large they may
/// be together, and how many want to hear of all changes. Any thread; no locks.</summary>
/// <remarks>
/// A partition looks at the other ones' sizes only when it has more than its even part. Then it gives entries
/// of its own up, so that all have room together. Those with less than that may have added meanwhile: the
/// owners' ticks even that out (<see cref="ReadKeys.Trim"/>).
/// </remarks>
public sealed class ReadKeyLimits
{
    private readonly ReadKeys?[] _tables;
    private long _keysMax;
    private long _bytesMax = long.MaxValue;
    private int _listeners;

    internal ReadKeyLimits(int partitions) => _tables = new ReadKeys?[partitions];

    /// <summary>Keys that may be remembered; 0 for any number (tracking-table-max-keys).</summary>
    public long KeysMax
    {
        get => Volatile.Read(ref _keysMax);
        set => Volatile.Write(ref _keysMax, value);
    }

    /// <summary>Bytes that the tables may take.</summary>
    public long BytesMax
    {
        get => Volatile.Read(ref _bytesMax);
        set => Volatile.Write(ref _bytesMax, value);
    }

    /// <summary>True while somebody wants to hear of all changes.</summary>
    public bool TellsAll => Volatile.Read(ref _listeners) > 0;

    /// <summary>Keys that are remembered. Roughly right from any thread.</summary>
    public long Keys => Sum(table => table.Count);

    /// <summary>How often some client has read one of them. Roughly right from any thread.</summary>
    public long Readings => Sum(table => table.Readings);

    /// <summary>Bytes that the tables take. Roughly right from any thread.</summary>
    public long Bytes => Sum(table => table.Bytes);

    /// <summary>Somebody begins (1) or ends (-1) to hear of all changes.</summary>
    public void CountListeners(int change) => Interlocked.Add(ref _listeners, change);

    internal void Add(int partition, ReadKeys table) => _tables[partition] = table;

    /// <summary>True when a partition's table has to give up an entry.</summary>
    internal bool IsTooMuch(ReadKeys table)
    {
        long keysMax = KeysMax, bytesMax = BytesMax;
        return (keysMax > 0 && table.Count > keysMax / _tables.Length && Keys > keysMax)
            || (table.Bytes > bytesMax / _tables.Length && Bytes > bytesMax);
    }

    private long Sum(Func<ReadKeys, long> size)
    {
        long sum = 0;
        foreach (ReadKeys? table in _tables)
            if (table is not null) sum += size(table);
        return sum;
    }
}
