namespace Hedge.Host.Clients;

/// <summary>What one client is subscribed to.</summary>
public sealed class Subscriptions
{
    /// <summary>Number of channels.</summary>
    public int Channels => ChannelSet.Count;

    /// <summary>Number of patterns.</summary>
    public int Patterns => PatternSet.Count;

    /// <summary>Number of shard channels.</summary>
    public int ShardChannels => ShardChannelSet.Count;

    /// <summary>True when a RESP2 client is confined to subscriber commands.</summary>
    public bool Any => Channels + Patterns + ShardChannels > 0;

    internal HashSet<ReadOnlyMemory<byte>> ChannelSet { get; } = new(ByteStrings.Comparer);

    internal HashSet<ReadOnlyMemory<byte>> PatternSet { get; } = new(ByteStrings.Comparer);

    internal HashSet<ReadOnlyMemory<byte>> ShardChannelSet { get; } = new(ByteStrings.Comparer);

    /// <summary>The names of one kind.</summary>
    internal HashSet<ReadOnlyMemory<byte>> NamesOf(SubscriptionKind kind) => kind switch
    {
        SubscriptionKind.Channel => ChannelSet,
        SubscriptionKind.Pattern => PatternSet,
        _ => ShardChannelSet,
    };
}
