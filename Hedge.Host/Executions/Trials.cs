using Hedge.Host.Clients;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>Tries requests that cannot run yet for the records that they are going to miss. Nothing of them
/// happens (<see cref="CommandRunner.Try"/>). Owned by the core.</summary>
internal sealed class Trials(CommandRunner runner, CoreStorage storage) : IDisposable
{
    private const int ReplyBytesMax = 64 * 1024;

    private readonly Stranger _stranger = new();
    private readonly OutputBuffer _replies = new() { LengthMax = ReplyBytesMax };

    /// <summary>True when the request misses something, which the storage has noted.</summary>
    public bool Misses(Request request)
    {
        runner.Try(request, _stranger.SessionOf(request), _replies);
        _replies.Clear();
        return storage.HasMisses;
    }

    /// <inheritdoc/>
    public void Dispose() => _replies.Dispose();
}
