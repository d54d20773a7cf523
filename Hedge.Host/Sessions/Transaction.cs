using Hedge.Host.Cores;

namespace Hedge.Host.Sessions;

/// <summary>Commands queued between MULTI and EXEC. Owned by the client's core.</summary>
public sealed class Transaction : IDisposable
{
    private readonly List<Request> _requests = [];

    /// <summary>The queued requests' number.</summary>
    public int Count => _requests.Count;

    /// <summary>A queued command had an error: EXEC answers EXECABORT.</summary>
    public bool Aborted { get; set; }

    /// <summary>The queued requests, with arguments of their own.</summary>
    internal IReadOnlyList<Request> Requests => _requests;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Request request in _requests) request.Release();
        _requests.Clear();
    }

    internal void Add(Request request)
    {
        var copy = new Request();
        copy.CopyFrom(request);
        _requests.Add(copy);
    }
}
