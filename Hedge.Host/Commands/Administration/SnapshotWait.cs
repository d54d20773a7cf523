using Hedge.Storage.Exports;

namespace Hedge.Host.Commands.Administration;

/// <summary>Waits for what a background job makes of a snapshot. It needs no partition meanwhile, so others
/// go on.</summary>
internal sealed class SnapshotWait<T>(T output) : IFreeProgress
    where T : SnapshotOutput
{
    private const long PollMilliseconds = 10;

    /// <summary>What is made.</summary>
    public T Output => output;

    /// <summary>True when it is made. Otherwise the command is run again later, or its error is
    /// replied.</summary>
    public bool IsDone(CommandContext context)
    {
        if (!output.IsOver) context.RetryAt = context.NowMilliseconds + PollMilliseconds;
        else if (output.Failure is { } failure) context.Reply.Error($"ERR {failure}");
        else return true;
        return false;
    }
}
