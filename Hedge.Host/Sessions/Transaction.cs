using Hedge.Host.Cores;

namespace Hedge.Host.Sessions;

/// <summary>Commands queued between MULTI and EXEC. Owned by the client's core.</summary>
public sealed class Transaction : IDisposable
{
    // A request without its arguments.
    private const int RequestBytes = 384;

    private readonly List<Request> _requests = [];

    /// <summary>The queued requests' number.</summary>
    public int Count => _requests.Count;

    /// <summary>A queued command had an error: EXEC answers EXECABORT.</summary>
    public bool Aborted { get; set; }

    /// <summary>Why EXEC itself was refused, or null: it then only ends the transaction.</summary>
    internal string? Refusal { get; set; }

    /// <summary>The queued commands' bytes.</summary>
    internal long Bytes { get; private set; }

    /// <summary>The memory they take, about.</summary>
    internal long HeldBytes => Bytes + (Count * (long)RequestBytes);

    /// <summary>The queued requests, with arguments of their own.</summary>
    internal IReadOnlyList<Request> Requests => _requests;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Request request in _requests) request.Release();
        _requests.Clear();
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
        var copy = new Request();
        copy.CopyFrom(request);
        Bytes += copy.OwnBytes;
        _requests.Add(copy);
    }
}
