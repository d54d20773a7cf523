namespace Hedge.Host.Clients;

/// <summary>What a client has asked for that keeps copies of keys (CLIENT TRACKING ON). Owned by the client's
/// core, as the session is.</summary>
public sealed class ClientTracking
{
    /// <summary>BCAST: it hears of all changes of keys that begin with one of its prefixes, whether it has
    /// read them or not.</summary>
    public bool IsBroadcast { get; init; }

    /// <summary>OPTIN: only what it reads behind CLIENT CACHING YES.</summary>
    public bool IsOptIn { get; init; }

    /// <summary>OPTOUT: not what it reads behind CLIENT CACHING NO.</summary>
    public bool IsOptOut { get; init; }

    /// <summary>NOLOOP: not the changes that it makes itself.</summary>
    public bool IsNoLoop { get; init; }

    /// <summary>The client that is told instead; 0 for none.</summary>
    public long Redirect { get; init; }

    /// <summary>Where that one's connection is.</summary>
    public int RedirectCore { get; init; }

    /// <inheritdoc cref="RedirectCore"/>
    public int RedirectConnection { get; init; }

    /// <summary>True once a message could not be given since that client is gone.</summary>
    public bool IsBroken { get; set; }

    /// <summary>True for the command, or the transaction, behind CLIENT CACHING.</summary>
    public bool IsCachingGiven { get; set; }

    /// <summary>Of BCAST, in order; one that is empty for all keys.</summary>
    public List<ReadOnlyMemory<byte>> Prefixes { get; } = [];

    /// <summary>True when what the next command reads is to be remembered.</summary>
    public bool Remembers =>
        !IsBroadcast && (IsOptIn ? IsCachingGiven : !(IsOptOut && IsCachingGiven));

    /// <summary>A command was taken from the client, which may still have to wait: CLIENT CACHING ends with
    /// it, but for those of a transaction.</summary>
    public void EndCommand(bool keepsCaching)
    {
        if (!keepsCaching) IsCachingGiven = false;
    }

    /// <summary>Adds a prefix, if it is not there.</summary>
    public void AddPrefix(ReadOnlyMemory<byte> prefix)
    {
        int at = 0;
        while (at < Prefixes.Count && Prefixes[at].Span.SequenceCompareTo(prefix.Span) < 0) at++;
        bool isThere = at < Prefixes.Count && Prefixes[at].Span.SequenceEqual(prefix.Span);
        if (!isThere) Prefixes.Insert(at, prefix);
    }
}
