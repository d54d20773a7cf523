using Hedge.Host.Clients;

namespace Hedge.Host.Commands;

/// <summary>Transactions, as their commands see them. The partitions concerned are held.</summary>
internal interface ITransactions
{
    /// <summary>Memory that the queued commands of all clients take.</summary>
    ByteCount Queued { get; }

    /// <summary>EXEC: runs the queued commands, or goes on with them.</summary>
    void Execute(CommandContext context);

    /// <summary>Ends the transaction, without running it, and forgets the watched keys.</summary>
    void End(CommandContext context);

    /// <summary>Watches a key, unless the client watches it already.</summary>
    void Watch(Session session, ReadOnlySpan<byte> key);

    /// <summary>Forgets the watched keys.</summary>
    void Unwatch(Session session);
}
