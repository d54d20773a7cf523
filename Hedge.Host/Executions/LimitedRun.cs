using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Cores;
using Hedge.Host.Declarations;
using Hedge.Host.Keyspaces;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>
/// Calls a command so that a reply, or what it writes, which is too much becomes an error reply, and so does
/// a fault of the command itself before its first write: what was written of the reply is taken back. Owned
/// by the core's <see cref="CommandRunner"/>.
/// </summary>
internal sealed class LimitedRun(CoreLoop loop, CommandRunner runner, CommandContext context)
{
    internal const string ReplyTooLong = "ERR the reply is longer than 2 GB";

    /// <summary>Runs a command that is a log record of its own, from <paramref name="mark"/> on in the
    /// output.</summary>
    public void RunAlone(Request request, OutputBuffer output, long mark)
    {
        loop.WriteBudget.Begin();
        if (Run(request, output, mark, mark + loop.Group.Server.ReplyBytesMax)) return;
        if (request.Progress is TransactionRun transaction) runner.EndTransaction(transaction);
    }

    /// <summary>A command has come to its end: counts it, and shows it to monitors.</summary>
    public void End(Request request, Session session, OutputBuffer output, long mark)
    {
        Command command = request.Command!;
        loop.Meter.End(context, command, output, mark);
        if (session.ReplyMode != ReplyMode.On && ReplyModes.EndDrops(session, command)) output.Rewind(mark);
        if (request.Client == null) return;
        if (session.ResetRequested) loop.Reset(session);
        if (loop.Group.Monitors > 0) loop.Monitors.Show(session, request);
    }

    /// <summary>Why the command has not come to its end.</summary>
    public PauseKind PauseOf() => loop.Storage.HasMisses ? PauseKind.Records
        : context.TakesTurns ? PauseKind.Turn : context.AwaitsKeys ? PauseKind.Keys : PauseKind.Time;

    /// <summary>Runs a command whose reply may reach up to <paramref name="lengthMax"/> in the output. False:
    /// it was too much.</summary>
    public bool Run(Request request, OutputBuffer output, long mark, long lengthMax)
    {
        string problem = ReplyTooLong;
        int misses = loop.Storage.Misses;
        long begun = loop.Storage.ChangesBegun;
        try
        {
            Command command = request.Command!;
            if (request.Partition < 0 && (command.Spec.Flags & CommandFlags.Write) != 0
                && !loop.WriteBudget.Fits(request))
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
            bool hasWritten = loop.Storage.ChangesBegun != begun
                || request.Progress is TransactionRun { HasChanges: true };
            problem = loop.Faults.Describe(request, failure, hasWritten);
        }

        output.LengthMax = long.MaxValue;
        output.Rewind(mark);
        loop.Storage.ForgetMisses(keep: misses);
        context.RetryAt = 0;
        context.TakesTurns = context.AwaitsKeys = false;
        context.Reply.Reset(output, context.Session.Protocol);
        context.Reply.Error(problem);
        return false;
    }
}
