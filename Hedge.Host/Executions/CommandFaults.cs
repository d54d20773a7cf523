using System.Globalization;
using Hedge.Host.Clients;
using Hedge.Host.Servers;
using Hedge.Host.Settings;

namespace Hedge.Host.Executions;

/// <summary>
/// What an unexpected exception in a command means. Before the command's first write nothing has happened:
/// the client gets an error, the log gets the stack, and the server goes on. After it, memory and log may
/// hold a part of the command: the process ends, and recovery brings back what was logged before. Owned by
/// the core.
/// </summary>
internal sealed class CommandFaults(CoreTurn turn, Server server)
{
    /// <summary>Faults whose stack is logged, per second and core.</summary>
    private const int LoggedPerSecond = 5;

    private long _second;
    private int _logged;
    private long _silent;

    /// <summary>Commands of this core that have failed in this way.</summary>
    public long Count { get; private set; }

    /// <summary>Writes the fault down. The error reply; does not return when the command has
    /// written.</summary>
    public string Describe(Request request, Exception failure, bool hasWritten)
    {
        string name = request.Command!.LowerName;
        if (hasWritten)
        {
            server.EndProcess($"The command '{name}' has failed after it had begun to write. Hedge stops "
                + "here, since going on could lose data. What was acknowledged is in the logs and is there "
                + $"after a restart, as far as appendfsync promises. {failure}");
            throw new InvalidOperationException("the process has ended", failure);
        }

        Count++;
        Log(name, failure);
        return failure is OutOfMemoryException
            ? "OOM command not done: the system has no memory left"
            : $"ERR internal error in command '{name}', which has changed nothing; see the server's log";
    }

    private void Log(string name, Exception failure)
    {
        long second = turn.NowMicroseconds / 1_000_000;
        if (second != _second)
        {
            _second = second;
            _logged = 0;
        }

        if (_logged++ >= LoggedPerSecond)
        {
            _silent++;
            return;
        }

        string before = _silent == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $" ({_silent} further faults before this one are not in the log)");
        _silent = 0;
        server.Log(LogLevel.Warning,
            $"The command '{name}' has failed before it wrote anything{before}: {failure}");
    }
}
