namespace Hedge.Host.Declarations;

/// <summary>Which arguments of a command are channels that it must be allowed to use.</summary>
internal enum ChannelUse
{
    /// <summary>None.</summary>
    None,

    /// <summary>The first one, to which it sends.</summary>
    Publishes,

    /// <summary>All of them.</summary>
    Subscribes,

    /// <summary>All of them, which are patterns.</summary>
    SubscribesToPatterns,
}
