namespace Hedge.Host.Clients;

/// <summary>The three kinds of subscription.</summary>
internal enum SubscriptionKind
{
    /// <summary>A channel by name.</summary>
    Channel,

    /// <summary>Channels by pattern.</summary>
    Pattern,

    /// <summary>A shard channel by name.</summary>
    ShardChannel,
}
