using Hedge.Host.Servers;
using Hedge.Storage;

namespace Hedge.Host.Hosting;

/// <summary>Writes a line to the server's log before something ends the process: a broken invariant, a
/// command that failed while it wrote, an unexpected exception on any thread.</summary>
internal static class LastWords
{
    /// <summary>From now on, anything that ends the process writes to this log first.</summary>
    public static void WriteTo(ServerLog log, Server server)
    {
        Invariant.Reporter = text => log.Warning($"{text}. Hedge stops here, since going on could lose data. "
            + "All acknowledged writes are in the logs.");
        server.EndProcess = text =>
        {
            log.Warning(text);
            Environment.FailFast(text);
        };
        AppDomain.CurrentDomain.UnhandledException += (_, thrown) => log.Warning(
            $"Unexpected error on thread '{Thread.CurrentThread.Name}'. Hedge stops here. All "
            + $"acknowledged writes are in the logs. {thrown.ExceptionObject}");
    }
}
