using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Slots;
using Hedge.Storage.Cores;
using Hedge.Storage.Partitions;
using Hedge.Storage.Stores;

namespace Hedge.Host.Keyspaces;

/// <summary>
/// Reads the records of a command with very many keys into memory before it runs, some at a time. Belongs to
/// the command's request.
/// </summary>
/// <remarks>
/// 1. A step looks up the keys whose blocks have been read, then further ones, until there is enough to read
///    or for one turn. What is found stays as a clean record that is not evicted while the command waits
///    (<see cref="PinnedLookups"/>), so its block may go.
/// 2. Between the steps other commands run, and leased partitions go back to their owners.
/// 3. Each key is looked up once, and again after each read for it, so the work is linear. Then the command
///    runs. It misses records that were replaced and dropped meanwhile, as any other command does.
/// 4. When several steps in a row find nothing, the command runs all the same: it keeps its lease and the
///    blocks of all that it misses.
/// 5. A command whose records take more than half of the memory budget is refused.
/// </remarks>
internal sealed class KeyRounds(PartitionTable all, in PartitionSet partitions, KeyPositions keys)
    : IDisposable
{
    /// <summary>The reply when the records are too much.</summary>
    public const string Refusal = "ERR the values of the command's keys take more than half of maxmemory";

    // Steps in a row that find nothing of what the last one read: it was dropped while a lease was awaited.
    private const int FruitlessMax = 8;

    private readonly PartitionSet _partitions = partitions;
    private KeyPositions _keys = keys;
    private List<int> _missed = [];
    private List<int> _missedBefore = [];
    private long _bytes;
    private int _fruitless;

    /// <summary>The partitions of the keys.</summary>
    public PartitionSet Partitions => _partitions;

    /// <summary>True when every key has been found, or none is to be looked for.</summary>
    public bool IsDone { get; private set; }

    /// <summary>True while records are kept in memory for the command.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>True when the records are more than memory can hold: the command is not to run.</summary>
    public bool IsTooMuch { get; private set; }

    /// <summary>True for a request that is to be prepared so. One with fewer keys runs at once, and holds the
    /// blocks of all that it misses.</summary>
    public static bool Fits(PartitionTable all, Request request) =>
        request.Count > all.RoundKeysMin && request.Command!.Spec.ReadsAllKeys;

    /// <summary>Looks up some keys. The partitions are held.</summary>
    /// <returns>True when all keys that had been missed are found: their blocks may go.</returns>
    public bool Step(CoreStorage storage, long budgetBytes, Request request)
    {
        if (!HasBegun) Begin();
        (_missed, _missedBefore) = (_missedBefore, _missed);
        _missed.Clear();
        foreach (int key in _missedBefore) Find(storage, request, key);
        if (_missed.Count > 0)
        {
            _fruitless = _missed.Count < _missedBefore.Count ? 0 : _fruitless + 1;
            if (_fruitless < FruitlessMax) return false;
            storage.ForgetMisses();
            IsDone = true;
            return true;
        }

        for (int i = 0; i < all.RoundKeysMin && !storage.HasEnoughMisses; i++)
        {
            if (!_keys.MoveNext())
            {
                IsDone = _missed.Count == 0;
                break;
            }

            Find(storage, request, _keys.Current);
        }

        if (_bytes > budgetBytes / 2)
        {
            storage.ForgetMisses();
            IsTooMuch = true;
            Dispose();
        }

        return true;
    }

    /// <summary>The command has run, or never will: the records may be evicted.</summary>
    public void Dispose()
    {
        IsDone = true;
        if (!HasBegun) return;
        HasBegun = false;
        for (int p = _partitions.Next(0); p >= 0; p = _partitions.Next(p + 1))
            PinnedLookups.End(all[p].Store);
    }

    private void Begin()
    {
        HasBegun = true;
        for (int p = _partitions.Next(0); p >= 0; p = _partitions.Next(p + 1))
            PinnedLookups.Begin(all[p].Store);
    }

    private void Find(CoreStorage storage, Request request, int index)
    {
        ReadOnlySpan<byte> key = request.Argument(index);
        Partition store = all[all.Of(key)].Store;
        int database = request.Client!.Session.Database;
        if (PinnedLookups.TryPin(store, storage, database, key, out long bytes)) _bytes += bytes;
        else _missed.Add(index);
    }
}
