using System.Diagnostics.CodeAnalysis;
using Hedge.Host.Clients;

namespace Hedge.Host.Slots;

/// <summary>A partition's requests that were laid aside. Those of one key keep their order. Touched only by
/// who holds the partition.</summary>
/// <remarks>
/// A request that waits for a key's record came before all requests of that key here: it began to wait when
/// none was here, or it was taken from the front. So it goes to the front of all, also of those that waited
/// before and were laid aside with it: of these, only the first may have gone back to wait.
/// </remarks>
internal sealed class DeferredRequests
{
    private readonly Stack<Request> _waitedBefore = new();
    private readonly Stack<Request> _turned = new();
    private readonly Queue<Request> _requests = new();

    public int Count => _waitedBefore.Count + _requests.Count;

    /// <summary>Adds a request behind all others.</summary>
    public void Enqueue(Request request) => _requests.Enqueue(request);

    /// <summary>Takes a key's requests that wait for its record, in front of all others.</summary>
    public void TakeWaiters(Queue<Request> waiters)
    {
        while (waiters.TryDequeue(out Request? request)) _turned.Push(request);
        while (_turned.TryPop(out Request? request)) _waitedBefore.Push(request);
    }

    public bool TryPeek([NotNullWhen(true)] out Request? request) =>
        _waitedBefore.TryPeek(out request) || _requests.TryPeek(out request);

    public Request Dequeue() => _waitedBefore.Count > 0 ? _waitedBefore.Pop() : _requests.Dequeue();
}
