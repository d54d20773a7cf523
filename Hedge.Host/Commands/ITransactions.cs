using Hedge.Host.Clients;

namespace Hedge.Host.Commands;

/// <summary>Transactions, as their commands see them.</summary>
internal interface ITransactions
{
    /// <summary>Memory that the queued commands of all clients take.</summary>
    ByteCount Queued { get; }

    /// <summary>EXEC, which holds what they need: runs the queued commands, or goes on with them.</summary>
    void Execute(CommandContext context);

    /// <summary>Ends the transaction, without running it, and forgets the watched keys.</summary>
    void End(CommandContext context);

    /// <summary>Watches a key, which is held, unless the client watches it already.</summary>
    void Watch(Session session, ReadOnlySpan<byte> key);

    /// <summary>Forgets the watched keys.</summary>
    void Unwatch(Session session);
}
