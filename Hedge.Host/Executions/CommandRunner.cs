using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Keyspaces;
using Hedge.Host.Leases;
using Hedge.Host.Statistics;
using Hedge.Host.Subscribers;
using Hedge.Resp;
using Hedge.Storage.Cores;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>Calls commands, one at a time: gives each its context, ends its log record, and takes back what
/// it has replied when it has to pause. Owned by the core.</summary>
internal sealed class CommandRunner(CommandContext context, LimitedRun limited, CoreStorage storage,
    CommandMeter meter, CommandFaults faults, KeyEvents keyEvents, KeyspaceTable keyspaces,
    KeyWaits keyWaits, MonitorFeed monitors, Invalidations invalidations)
{
    private readonly RespWriter _writer = context.Reply;
    private OutputBuffer _output = null!;
    private long _hitsBefore;
    private long _missesBefore;

    /// <summary>When the command that pauses is to be run again, Unix milliseconds, if it waits for a
    /// time.</summary>
    public long RetryAt => context.RetryAt;

    /// <summary>Takes the reply that the command just run has begun; null for none.</summary>
    public BigReply? TakeBigReply()
    {
        BigReply? reply = context.BigReply;
        context.BigReply = null;
        return reply;
    }

    /// <summary>True while commands run on a borrowed partition.</summary>
    public bool IsBorrowed
    {
        set => context.IsBorrowed = value;
    }

    /// <summary>The error reply for records that could not be read.</summary>
    public static string ReadFailure(int errno) =>
        $"IOERR the data could not be read: {Errno.Describe(errno)}";

    /// <summary>Writes an error reply.</summary>
    public void WriteError(OutputBuffer output, string text)
    {
        _writer.Reset(output, 2);
        _writer.Error(text);
    }

    /// <summary>Runs a command, or goes on with a transaction, with a reply in the output when it has come to
    /// its end.</summary>
    public PauseKind Run(Request request, Session session, OutputBuffer output)
    {
        long mark = output.Length;
        Request? outer = invalidations.Enter(request);
        Bind(request, session, output);
        meter.Begin(request);
        long begun = storage.ChangesBegun;
        if (keyEvents.KnowsNew(request, session)) limited.RunAlone(request, output, mark);
        bool hasHappened = EndTry(request, begun);
        if (!hasHappened) output.Rewind(mark);
        storage.EndCommand();
        if (storage.Ready.Count > 0) keyWaits.ServeChanged();
        PauseKind pause = PauseKind.None;
        if (hasHappened)
        {
            limited.End(request, session, output, mark);
        }
        else
        {
            meter.Pause(request);
            pause = limited.PauseOf();
        }

        invalidations.Leave(outer);
        return pause;
    }

    /// <summary>Runs a command up to its first change, for what it misses. It has no reply, does not count,
    /// and leaves the use of its key as it is.</summary>
    public void Try(Request request, Session session, OutputBuffer output)
    {
        Bind(request, session, output);
        StoredKeyspace keys = keyspaces.NotTouching(request, session.Database);
        keys.Bind(request);
        context.Keys = keys;
        storage.IsTrial = keyEvents.IsSilent = true;
        try
        {
            context.Run(request.Command!);
        }
        catch (Exception end) when (end is TrialEndedException or OutputFullException
            or WriteTooLargeException or SystemException)
        {
            // A fault is told of when the command runs.
        }

        storage.IsTrial = keyEvents.IsSilent = false;
        (Counters.KeyspaceHits, Counters.KeyspaceMisses) = (_hitsBefore, _missesBefore);
        storage.EndCommand();
    }

    /// <summary>Before the commands of a transaction or a script: the command that runs them, for whom, and
    /// where it replies.</summary>
    public NestedScope BeginNested() => new(context.Request, context.Session, _output, meter.NestedStarted);

    /// <summary>A script's command begins: its time is not the script's since the one before.</summary>
    public void StartNested() => meter.StartNested();

    /// <summary>After them: the outer command goes on, and pauses when one of them does.</summary>
    public void EndNested(in NestedScope outer, bool pauses)
    {
        Bind(outer.Request, outer.Session, outer.Output);
        meter.NestedStarted = outer.Started;
        if (pauses && !storage.HasMisses) context.GoOnAt(context.NowMilliseconds);
    }

    /// <summary>Runs a command of a transaction or a script, inside that run, whose replies may be
    /// <paramref name="lengthMax"/> bytes with this one's; a longer one is an error. False: it pauses, for
    /// records or for a turn, and the run with it.</summary>
    public bool RunNested(Request request, Session session, OutputBuffer output, long lengthMax)
    {
        long mark = output.Length;
        request.Database = session.Database;
        request.HashEpoch = uint.MaxValue;
        Bind(request, session, output);
        long begun = storage.ChangesBegun;
        if (keyEvents.KnowsNew(request, session))
            limited.Run(request, output, mark, lengthMax);
        bool hasHappened = EndTry(request, begun);
        if (hasHappened)
        {
            NoteNested(request, output, mark);
            return true;
        }

        output.Rewind(mark);
        meter.PauseNested(request);
        return false;
    }

    /// <summary>Answers such a command, whose records cannot be read.</summary>
    public void FailNested(Request request, Session session, OutputBuffer output, int errno) =>
        RefuseNested(request, session, output, ReadFailure(errno));

    /// <summary>Answers such a command with an error.</summary>
    public void RefuseNested(Request request, Session session, OutputBuffer output, string problem)
    {
        long mark = output.Length;
        Bind(request, session, output);
        _writer.Error(problem);
        NoteNested(request, output, mark);
    }

    private ref CoreCounters Counters => ref context.Statistics!.Counters;

    // True when the command has not missed anything, nor waits. One that has changed something before it
    // missed would log a part of what it does, and do it again. What a run looked up that is made again does
    // not count; EXEC binds itself again after each of its commands, so those that are done do.
    private bool EndTry(Request request, long begun)
    {
        if (storage.HasMisses && storage.ChangesBegun != begun
            && request.Progress is not IRunInPlace)
            faults.Describe(request, new InvalidOperationException("it reads after it writes"), true);
        bool hasHappened = !storage.HasMisses && context.RetryAt == 0 && !context.TriesAgain
            && context.PausesFor == PauseKind.None;
        // A command that begins to wait for keys has looked them up.
        bool hasLooked = hasHappened || (context.AwaitsKeys && !storage.HasMisses);
        if (!hasLooked) (Counters.KeyspaceHits, Counters.KeyspaceMisses) = (_hitsBefore, _missesBefore);
        keyEvents.End(hasLooked);
        if (hasLooked && invalidations.Remembers) Remember(request);
        return hasHappened;
    }

    // What the command has read is remembered for its client, while it is held. A script's keys are those of
    // its commands; one that has waited for keys is run again with some of them, or with none.
    private void Remember(Request request)
    {
        Command command = request.Command!;
        if ((command.Spec.Flags & CommandFlags.ReadOnly) == 0) return;
        if (command.Has(CommandTraits.RunsScript) || request.Unblocked != Unblocking.No) return;
        foreach (int key in request.Keys)
            if (context.MayTouch(request.Argument(key))) invalidations.Remember(request.Argument(key));
    }

    // Counts a queued command that has replied, and shows it to monitors.
    private void NoteNested(Request request, OutputBuffer output, long mark)
    {
        meter.EndNested(context, request.Command!, output, mark);
        if (monitors.AnyWatches) monitors.Show(context.Session, request);
    }

    private void Bind(Request request, Session session, OutputBuffer output)
    {
        _output = output;
        _hitsBefore = Counters.KeyspaceHits;
        _missesBefore = Counters.KeyspaceMisses;
        context.Request = request;
        context.Session = session;
        context.RetryAt = 0;
        context.TakesTurns = context.AwaitsKeys = context.TriesAgain = false;
        context.PausesFor = PauseKind.None;
        context.HasCountedError = false;
        context.BigReply = null;
        context.NowMilliseconds = storage.NowMilliseconds;
        context.Spec = request.Command!.Spec;
        StoredKeyspace keys = session.NoTouch
            ? keyspaces.NotTouching(request, session.Database) : keyspaces.Of(session.Database);
        keys.Bind(request);
        context.Keys = keys;
        _writer.Reset(output, session.Protocol);
    }
}

/// <summary>A command that runs others: for whom, where it replies, and when it began if it is one of a
/// transaction.</summary>
internal readonly record struct NestedScope(
    Request Request, Session Session, OutputBuffer Output, long Started);
