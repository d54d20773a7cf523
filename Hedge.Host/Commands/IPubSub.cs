using Hedge.Host.Clients;

namespace Hedge.Host.Commands;

/// <summary>Subscriptions and messages, as the commands of pub/sub see them.</summary>
internal interface IPubSub
{
    /// <summary>Adds a subscription; false when the client had it.</summary>
    bool Subscribe(Session session, SubscriptionKind kind, ReadOnlySpan<byte> name);

    /// <summary>Removes a subscription; false when the client did not have it.</summary>
    bool Unsubscribe(Session session, SubscriptionKind kind, ReadOnlyMemory<byte> name);

    /// <summary>Sends a message to the subscribers of all cores. Returns how many, or a negative number when
    /// other cores have to be asked: then the reply comes later.</summary>
    int Publish(ReadOnlySpan<byte> channel, ReadOnlySpan<byte> message, bool isSharded);

    /// <summary>The names with subscribers on any core. All cores stand still.</summary>
    HashSet<ReadOnlyMemory<byte>> NamesOnAllCores(SubscriptionKind kind);

    /// <summary>How many subscribers a name has over all cores, which stand still.</summary>
    int SubscribersOnAllCores(SubscriptionKind kind, ReadOnlySpan<byte> name);
}
