using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Keyspaces;
using Hedge.Host.Servers;
using Hedge.Host.Subscribers;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>
/// Calls a command so that a reply, or what it writes, which is too much becomes an error reply, and so does
/// a fault of the command itself before its first write: what was written of the reply is taken back. Owned
/// by the core's <see cref="CommandRunner"/>.
/// </summary>
internal sealed class LimitedRun(CommandContext context, Server server, CoreStorage storage,
    WriteBudget budget, CommandMeter meter, CommandFaults faults, MonitorFeed monitors,
    SessionReset sessions)
{
    /// <summary>Runs a command that is a log record of its own, from <paramref name="mark"/> on in the
    /// output.</summary>
    public void RunAlone(Request request, OutputBuffer output, long mark)
    {
        budget.Begin();
        if (Run(request, output, mark, mark + server.ReplyBytesMax)) return;
        if (request.Progress is IRunInPlace run) run.Abandon();
    }

    /// <summary>A command has come to its end: counts it, and shows it to monitors.</summary>
    public void End(Request request, Session session, OutputBuffer output, long mark)
    {
        Command command = request.Command!;
        meter.End(context, command, output, mark);
        if (session.ReplyMode != ReplyMode.On && ReplyModes.EndDrops(session, command)) output.Rewind(mark);
        if (request.Client == null) return;
        if (session.ResetRequested) sessions.Reset(session);
        if (monitors.AnyWatches) monitors.Show(session, request);
    }

    /// <summary>Why the command has not come to its end.</summary>
    public PauseKind PauseOf() => context.PausesFor != PauseKind.None ? context.PausesFor
        : storage.HasMisses || context.TriesAgain ? PauseKind.Records
        : context.TakesTurns ? PauseKind.Turn : context.AwaitsKeys ? PauseKind.Keys : PauseKind.Time;

    /// <summary>Runs a command whose reply may reach up to <paramref name="lengthMax"/> in the output. False:
    /// it was too much.</summary>
    public bool Run(Request request, OutputBuffer output, long mark, long lengthMax)
    {
        string problem = ErrorText.ReplyTooLong;
        int misses = storage.Misses;
        long begun = storage.ChangesBegun;
        try
        {
            Command command = request.Command!;
            if (request.Partition < 0 && (command.Spec.Flags & CommandFlags.Write) != 0
                && !budget.Fits(request))
                throw new WriteTooLargeException(WriteBudget.Refusal);
            output.LengthMax = lengthMax;
            context.Run(command);
            output.LengthMax = long.MaxValue;
            if (output.Length <= lengthMax) return true;
        }
        catch (OutputFullException)
        {
        }
        catch (WriteTooLargeException tooLarge)
        {
            problem = tooLarge.Message;
        }
        catch (SystemException failure)
        {
            bool hasWritten = storage.ChangesBegun != begun
                || request.Progress is IRunInPlace { HasChanges: true };
            problem = faults.Describe(request, failure, hasWritten);
        }

        output.LengthMax = long.MaxValue;
        output.Rewind(mark);
        storage.ForgetMisses(keep: misses);
        context.RetryAt = 0;
        context.TakesTurns = context.AwaitsKeys = context.TriesAgain = false;
        context.PausesFor = PauseKind.None;
        context.Reply.Reset(output, context.Session.Protocol);
        context.Reply.Error(problem);
        return false;
    }
}
