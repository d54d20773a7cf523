using System.Globalization;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Io.Services;

namespace Hedge.Host.Hosting;

/// <summary>
/// Shares out the descriptors that the process may have: first what is open, then what the engine's files and
/// the runtime need, the rest for clients.
/// <code>
/// least    = what is open + 32 + 8 a core + 1 a partition      without this the server does not start
/// enough   = what is open + 64 + 16 a core + 16 a partition    runs, merges and value files of large data
/// reserve  = half of the limit, but least to enough
/// clients  = limit − reserve
/// </code>
/// </summary>
internal sealed class DescriptorBudget(long limit, int open, int cores, int partitions)
{
    /// <summary>What is not for clients.</summary>
    public long Reserve => Math.Clamp(limit / 2, Least, open + 64 + (16L * cores) + (16L * partitions));

    /// <summary>Clients that may be connected at the same time.</summary>
    public int ClientsMax => (int)Math.Clamp(limit - Reserve, 0, int.MaxValue);

    private long Least => open + 32 + (8L * cores) + partitions;

    /// <summary>Raises the limit, and lowers maxclients to what it allows.</summary>
    /// <exception cref="IOException">There are too few for any client.</exception>
    public static void Apply(Server server, ServerLog log, int partitions)
    {
        if (ProcessLimits.RaiseDescriptors() is not { } limit) return;
        int open = Directory.GetFiles("/proc/self/fd").Length;
        ServerSettings settings = server.Settings.Current;
        var budget = new DescriptorBudget(limit, open, settings.Cores, partitions);
        int most = budget.ClientsMax;
        if (most < 1)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture,
                $"{limit} open files are too few (ulimit -n): {partitions} partitions and {settings.Cores} "
                + $"core(s) need {budget.Reserve}, and each client needs one more"));
        }

        if (settings.MaxClients > most)
        {
            server.Settings.TryChange([("maxclients", most.ToString(CultureInfo.InvariantCulture))]);
            log.Warning(string.Create(CultureInfo.InvariantCulture,
                $"Current maximum open files is {limit}. maxclients has been reduced from "
                + $"{settings.MaxClients} to {most} to compensate for low ulimit. If you need higher "
                + $"maxclients increase 'ulimit -n'."));
        }

        server.Settings.MaxClientsPossible = most;
    }
}
