namespace Hedge.Host.Clients;

/// <summary>Requests that wait for something, reused. Owned by one core.</summary>
internal sealed class RequestPool
{
    private const int PooledMax = 1024;
    private readonly Stack<Request> _free = new();

    /// <summary>Requests given out and not returned; zero when the core stands still.</summary>
    public int Outstanding { get; private set; }

    /// <summary>How many of them wait for a time.</summary>
    public int WaitingForTime { get; set; }

    /// <summary>A copy of <paramref name="original"/> that outlives the bytes it was parsed from.</summary>
    public Request CopyOf(Request original)
    {
        Request copy = _free.Count > 0 ? _free.Pop() : new Request();
        copy.CopyFrom(original);
        if (copy.Client is { } client)
        {
            (copy.CountedFor, copy.CountedBytes) = (client, copy.ArgumentBytes);
            client.WaitingArgumentBytes += copy.CountedBytes;
        }

        Outstanding++;
        return copy;
    }

    public void Return(Request request)
    {
        request.Preparation?.Dispose();
        request.Preparation = null;
        if (request.CountedFor is { } client) client.WaitingArgumentBytes -= request.CountedBytes;
        request.CountedFor = null;
        request.Clear();
        Outstanding--;
        if (_free.Count < PooledMax) _free.Push(request);
        else request.Release();
    }

    public void Dispose()
    {
        foreach (Request request in _free) request.Release();
        _free.Clear();
    }
}
