using Hedge.Host.Cores;
using Hedge.Host.Slots;
using Hedge.Storage.Io;

namespace Hedge.Host.Mailboxes;

/// <summary>A rare message between cores, as an object: what to do on the receiving core.</summary>
internal abstract class ControlMessage
{
    /// <summary>Runs on the receiving core, in the sender's message order.</summary>
    public abstract void Deliver(CoreLoop receiver, int sender);
}

/// <summary>Asks an owner for its part of a lease.</summary>
internal sealed class LeaseRequested(Lease lease) : ControlMessage
{
    public override void Deliver(CoreLoop receiver, int sender) => receiver.Leases.Requested(lease);
}

/// <summary>Tells the coordinator that an owner has granted its part.</summary>
internal sealed class LeaseGranted(Lease lease) : ControlMessage
{
    public override void Deliver(CoreLoop receiver, int sender) => receiver.Leases.Granted(lease);
}

/// <summary>Gives an owner its partitions back.</summary>
internal sealed class LeaseReleased(Lease lease) : ControlMessage
{
    public override void Deliver(CoreLoop receiver, int sender) => receiver.Leases.Released(lease);
}

/// <summary>Gives a partition to a blocked client, since a key of it has changed.</summary>
internal sealed class KeyChanged(Lease lease) : ControlMessage
{
    public override void Deliver(CoreLoop receiver, int sender) => receiver.KeyWaits.Given(lease);
}

/// <summary>Tells an owner that a client is not blocked any more.</summary>
internal sealed class KeyWaitEnded(KeyWait wait) : ControlMessage
{
    public override void Deliver(CoreLoop receiver, int sender) => receiver.KeyWaits.Forget(wait);
}

/// <summary>Hands an accepted socket to the core that will own the connection.</summary>
internal sealed class SocketAssigned(AcceptedSocket socket) : ControlMessage
{
    public override void Deliver(CoreLoop receiver, int sender) => receiver.Connections.Adopt(socket);
}
