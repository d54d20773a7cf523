using Hedge.Host.Clients;
using Hedge.Host.Mailboxes;
using Hedge.Host.Slots;

namespace Hedge.Host.Leases;

/// <summary>Asks an owner for its part of a lease.</summary>
internal sealed class LeaseRequested(Lease lease) : ControlMessage
{
    public Lease Lease => lease;
}

/// <summary>Tells the coordinator that an owner has granted its part.</summary>
internal sealed class LeaseGranted(Lease lease) : ControlMessage
{
    public Lease Lease => lease;
}

/// <summary>Gives an owner its partitions back, or tells it that they are not wanted any more.</summary>
internal sealed class LeaseReleased(Lease lease) : ControlMessage
{
    public Lease Lease => lease;
}

/// <summary>Gives a partition to a blocked client, since a key of it has changed.</summary>
internal sealed class KeyChanged(Lease lease) : ControlMessage
{
    public Lease Lease => lease;
}

/// <summary>Tells an owner that a client does not watch keys any more.</summary>
internal sealed class WatchesEnded(IReadOnlyList<WatchedKey> keys) : ControlMessage
{
    public IReadOnlyList<WatchedKey> Keys => keys;
}

/// <summary>Tells an owner that a client is not blocked any more.</summary>
internal sealed class KeyWaitEnded(KeyWait wait) : ControlMessage
{
    public KeyWait Wait => wait;
}
