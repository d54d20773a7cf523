namespace Hedge.Host.Clients;

/// <summary>Commands queued between MULTI and EXEC. Owned by the client's core.</summary>
public sealed class Transaction : IDisposable
{
    private readonly QueuedRequests _requests = new();
    private readonly ByteCount _total;
    private PartitionSet _needed;
    private long _counted;

    /// <summary>An empty one, whose memory is counted in <paramref name="total"/>.</summary>
    internal Transaction(ByteCount total) => _total = total;

    /// <summary>The queued requests' number.</summary>
    public int Count => _requests.Count;

    /// <summary>A queued command had an error: EXEC answers EXECABORT.</summary>
    public bool Aborted { get; set; }

    /// <summary>The partitions that the queued commands need.</summary>
    internal ref PartitionSet Needed => ref _needed;

    /// <summary>True when one of them needs all cores to stand still.</summary>
    internal bool NeedsCores { get; set; }

    /// <summary>True when one of them publishes: what that needs is known at EXEC only.</summary>
    internal bool Publishes { get; set; }

    /// <summary>The most that the queued writes take, as <c>WriteBudget</c> counts.</summary>
    internal long WriteBytes { get; set; }

    /// <summary>The queued commands' bytes.</summary>
    internal long Bytes => _requests.ArgumentBytes;

    /// <summary>The memory they take.</summary>
    internal long HeldBytes => _requests.HeldBytes;

    /// <summary>The queued requests, with arguments of their own.</summary>
    internal QueuedRequests Requests => _requests;

    /// <inheritdoc/>
    public void Dispose()
    {
        _requests.Dispose();
        Recount();
    }

    /// <summary>The error reply of an EXEC that was refused for this reason.</summary>
    internal static string RefusalText(string problem)
    {
        const string prefix = "ERR ";
        if (problem.StartsWith(prefix, StringComparison.Ordinal)) problem = problem[prefix.Length..];
        return "EXECABORT Transaction discarded because of: " + problem;
    }

    internal void Add(Request request)
    {
        _requests.Add(request);
        Recount();
    }

    private void Recount()
    {
        if (_requests.HeldBytes == _counted) return;
        _total.Add(_requests.HeldBytes - _counted);
        _counted = _requests.HeldBytes;
    }
}
