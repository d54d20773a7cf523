using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Keyspaces;
using Hedge.Host.Servers;
using Hedge.Host.Statistics;
using Hedge.Host.Subscribers;
using Hedge.Storage.Cores;

namespace Hedge.Host.Cores;

/// <summary>Counts keys and fields that have gone by themselves, and tells of them those who have asked for
/// keyspace events. Owned by the core.</summary>
internal sealed class ExpiryEvents(Server server, CoreStatistics statistics, CommandContext context,
    KeyEvents keyEvents, PubSubHub pubSub) : IExpirySink
{
    /// <inheritdoc/>
    public void KeyExpired(int database, ReadOnlySpan<byte> key)
    {
        statistics.Counters.ExpiredKeys++;
        if (server.NotifiesKeyspaceEvents) keyEvents.Expired(key, database);
    }

    /// <inheritdoc/>
    public void FieldsExpired(int database, ReadOnlySpan<byte> key, long count, bool isEmptied)
    {
        statistics.Counters.ExpiredFields += count;
        if (server.NotifiesKeyspaceEvents) keyEvents.FieldsExpired(key, database, isEmptied);
    }

    /// <inheritdoc/>
    public void KeyEvicted(int database, ReadOnlySpan<byte> key)
    {
        statistics.Counters.EvictedKeys++;
        if (server.NotifiesKeyspaceEvents)
            pubSub.Notify(KeyspaceEvents.Evicted, "evicted"u8, key, database);
    }

    /// <inheritdoc/>
    public void KeyCreated(int database, ReadOnlySpan<byte> key)
    {
        if (keyEvents.TellsNew && (context.Spec.Traits & CommandTraits.TellsNewKeys) == 0)
            keyEvents.Notify(KeyspaceEvents.New, "new"u8, key, database);
    }
}
