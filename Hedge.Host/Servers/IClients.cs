using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Servers;

/// <summary>
/// The connected clients of all cores, for commands that hold all cores
/// (<see cref="CommandScope.AllCores"/>); no other code may call it.
/// </summary>
public interface IClients
{
    /// <summary>Every session, in any order, each with its <see cref="Session.Figures"/> up to
    /// date.</summary>
    IEnumerable<Session> All { get; }

    /// <summary>The number of connected clients; any core may ask at any time.</summary>
    int Count { get; }

    /// <summary>
    /// Closes a connection: what it has not been sent is dropped and it runs nothing more. Not for the
    /// session that runs the command, which sets <see cref="Session.CloseAfterReply"/>.
    /// </summary>
    void Close(Session session);

    /// <summary>
    /// Ends the wait of a client in a blocking command, as after its time-out, or with the error "UNBLOCKED
    /// client unblocked via CLIENT UNBLOCK". False when it is not waiting.
    /// </summary>
    bool Unblock(Session session, bool withError);
}
