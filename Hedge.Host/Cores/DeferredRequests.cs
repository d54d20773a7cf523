using System.Diagnostics.CodeAnalysis;

namespace Hedge.Host.Cores;

/// <summary>A partition's requests that were laid aside, in order. Touched only by who holds the
/// partition.</summary>
internal sealed class DeferredRequests
{
    private readonly Queue<Request> _waitedBefore = new();
    private readonly Queue<Request> _requests = new();

    public int Count => _waitedBefore.Count + _requests.Count;

    /// <summary>Adds a request behind all others.</summary>
    public void Enqueue(Request request) => _requests.Enqueue(request);

    /// <summary>Adds a request that had waited for a record before the partition was lent: in front of all
    /// that came since, behind those that are here for the same reason.</summary>
    public void EnqueueWaiter(Request request) => _waitedBefore.Enqueue(request);

    public bool TryPeek([NotNullWhen(true)] out Request? request) =>
        _waitedBefore.TryPeek(out request) || _requests.TryPeek(out request);

    public Request Dequeue() => _waitedBefore.Count > 0 ? _waitedBefore.Dequeue() : _requests.Dequeue();
}
