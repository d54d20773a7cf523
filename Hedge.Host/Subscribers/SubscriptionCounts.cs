using Hedge.Host.Clients;
using Hedge.Host.Slots;

namespace Hedge.Host.Subscribers;

/// <summary>
/// Which channels a core's clients may be subscribed to, for publishers on other cores: a counter per hash
/// of a name. Written by the core alone, read by all; a subscription is counted before its reply is sent, so
/// whoever publishes after that reply sees it. May say yes for a channel without subscribers, never no for
/// one that has some.
/// </summary>
internal sealed class SubscriptionCounts
{
    private const int CellsCount = 4096;

    private readonly int[] _channels = new int[CellsCount];
    private readonly int[] _shardChannels = new int[CellsCount];
    private int _patterns;
    private int _all;

    /// <summary>Any core: true when anybody is subscribed to anything.</summary>
    public bool Any => Volatile.Read(ref _all) > 0;

    /// <summary>The counter of a channel's name.</summary>
    public static int CellOf(ReadOnlySpan<byte> channel) => HashSlots.Crc16(channel) & (CellsCount - 1);

    /// <summary>Any core: true when a message to a channel with this cell may have receivers.</summary>
    public bool MayHave(int cell, bool isSharded) => isSharded
        ? Volatile.Read(ref _shardChannels[cell]) > 0
        : Volatile.Read(ref _channels[cell]) > 0 || Volatile.Read(ref _patterns) > 0;

    /// <summary>Owner: a client has subscribed (1) or unsubscribed (-1).</summary>
    public void Count(SubscriptionKind kind, ReadOnlySpan<byte> name, int change)
    {
        switch (kind)
        {
            case SubscriptionKind.Pattern: Change(ref _patterns, change); break;
            case SubscriptionKind.Channel: Change(ref _channels[CellOf(name)], change); break;
            default: Change(ref _shardChannels[CellOf(name)], change); break;
        }

        Change(ref _all, change);
    }

    private static void Change(ref int counter, int change) => Volatile.Write(ref counter, counter + change);
}
