namespace Hedge.Host.Sessions;

/// <summary>What one client is subscribed to.</summary>
public sealed class Subscriptions
{
    /// <summary>Number of channels.</summary>
    public int Channels { get; internal set; }

    /// <summary>Number of patterns.</summary>
    public int Patterns { get; internal set; }

    /// <summary>Number of shard channels.</summary>
    public int ShardChannels { get; internal set; }

    /// <summary>True when a RESP2 client is confined to subscriber commands.</summary>
    public bool Any => Channels + Patterns + ShardChannels > 0;
}
