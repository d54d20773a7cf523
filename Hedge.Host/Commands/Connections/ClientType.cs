using Hedge.Host.Clients;
using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Connections;

/// <summary>The classes of clients that CLIENT LIST and CLIENT KILL tell apart.</summary>
internal enum ClientType
{
    Normal,
    Master,
    Replica,
    PubSub,
}

/// <summary>Reading and testing of <see cref="ClientType"/>.</summary>
internal static class ClientTypes
{
    public static bool TryRead(ReadOnlySpan<byte> word, out ClientType type)
    {
        ClientType? found = AsciiText.EqualsIgnoreCase(word, "NORMAL"u8) ? ClientType.Normal
            : AsciiText.EqualsIgnoreCase(word, "MASTER"u8) ? ClientType.Master
            : AsciiText.EqualsIgnoreCase(word, "SLAVE"u8) ? ClientType.Replica
            : AsciiText.EqualsIgnoreCase(word, "REPLICA"u8) ? ClientType.Replica
            : AsciiText.EqualsIgnoreCase(word, "PUBSUB"u8) ? ClientType.PubSub
            : null;
        type = found.GetValueOrDefault();
        return found != null;
    }

    /// <summary>The class of a session: there are no replication links, so a client is normal or a
    /// subscriber.</summary>
    public static ClientType Of(Session session) =>
        session.Subscriptions is { Any: true } ? ClientType.PubSub : ClientType.Normal;
}
