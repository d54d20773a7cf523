using Hedge.Storage.Cores;

namespace Hedge.Host.Servers;

/// <summary>Whether a core's clients may write. One per core.</summary>
internal sealed class WriteState(Server server, CoreStorage storage, FailureCounts failures)
{
    /// <summary>False while any core's log has failed: a write could depend on changes that are not durable.
    /// </summary>
    public bool CanWrite => CanLog && storage.CanWrite && !failures.AnyStuck;

    /// <summary>False after a failure of this or another core's log.</summary>
    public bool CanLog => !storage.Log.HasFailed && server.WriteFailure == null;
}
