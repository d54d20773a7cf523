using Hedge.Host.Sessions;

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
        ClientType? found = Ascii.EqualsIgnoreCase(word, "NORMAL"u8) ? ClientType.Normal
            : Ascii.EqualsIgnoreCase(word, "MASTER"u8) ? ClientType.Master
            : Ascii.EqualsIgnoreCase(word, "SLAVE"u8) ? ClientType.Replica
            : Ascii.EqualsIgnoreCase(word, "REPLICA"u8) ? ClientType.Replica
            : Ascii.EqualsIgnoreCase(word, "PUBSUB"u8) ? ClientType.PubSub
            : null;
        type = found.GetValueOrDefault();
        return found != null;
    }

    /// <summary>The class of a session: there are no replication links, so a client is normal or a
    /// subscriber.</summary>
    public static ClientType Of(Session session) =>
        session.Subscriptions is { Any: true } ? ClientType.PubSub : ClientType.Normal;
}
