using Hedge.Host.Clients;

namespace Hedge.Host.Commands;

/// <summary>Clients that are told of changes of keys, as commands see them.</summary>
internal interface ITracking
{
    /// <summary>How many clients there are, over all cores. Any core may ask.</summary>
    long Clients { get; }

    /// <summary>How many keys are remembered that they have read; roughly right.</summary>
    long Keys { get; }

    /// <summary>How often some client has read one of these; roughly right.</summary>
    long Readings { get; }

    /// <summary>How many prefixes clients have asked for (BCAST).</summary>
    long Prefixes { get; }

    /// <summary>A client of this core is told of changes from now on, or in another way than
    /// before.</summary>
    void Start(Session session, ClientTracking tracking);

    /// <summary>It is not any more.</summary>
    void Stop(Session session);
}
