using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Storage.Cores;
using Hedge.Storage.Stores;

namespace Hedge.Host.Keyspaces;

/// <summary>The databases of a core, each made when it is first used. Owned by the core.</summary>
internal sealed class KeyspaceTable(Server server, PartitionTable partitions, CoreStorage storage,
    CoreStatistics statistics, WriteBudget budget, KeyEvents keyEvents)
{
    private readonly OpenCollections _collections = new();
    private StoredKeyspace?[] _touching = new StoredKeyspace?[16];
    private StoredKeyspace?[] _notTouching = [];

    /// <summary>The keys of a database.</summary>
    public StoredKeyspace Of(int database)
    {
        if (database >= _touching.Length) Array.Resize(ref _touching, database + 1);
        return _touching[database] ??= Make(database, touches: true);
    }

    /// <summary>As <see cref="Of"/>, for a client whose look-ups do not count as use (CLIENT NO-TOUCH);
    /// those of TOUCH do.</summary>
    public StoredKeyspace NotTouching(Request request, int database)
    {
        if (request.Command!.Has(CommandTraits.AlwaysTouches)) return Of(database);
        if (database >= _notTouching.Length) Array.Resize(ref _notTouching, database + 1);
        return _notTouching[database] ??= Make(database, touches: false);
    }

    private StoredKeyspace Make(int database, bool touches) =>
        new(server, partitions, storage, statistics, budget, keyEvents, _collections, database,
            touches);
}
