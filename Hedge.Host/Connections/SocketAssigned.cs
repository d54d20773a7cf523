using Hedge.Host.Mailboxes;
using Hedge.Storage.Io;

namespace Hedge.Host.Connections;

/// <summary>Hands an accepted socket to the core that will own the connection.</summary>
internal sealed class SocketAssigned(AcceptedSocket socket) : ControlMessage
{
    public AcceptedSocket Socket => socket;
}
