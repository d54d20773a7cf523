using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Servers;
using Hedge.Host.Statistics;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>
/// Measures commands for INFO, the slow log and the latency monitor. Reading the clock twice costs as much as
/// a GET, so single-key and fast commands share the time of their batch evenly. Exactly measured are: a
/// command alone in its batch; every command after a batch that took long, and when the slow log asks for
/// times below a millisecond; and a command that has waited and runs outside of a batch. The commands of a
/// transaction or a script are measured one by one; their time is part of EXEC's and EVAL's as well, as in
/// Redis. One that pauses has the time of all its runs.
/// </summary>
internal sealed class CommandMeter(CoreTurn turn, Server server, CoreStatistics statistics)
{
    private const long EachBelowMicroseconds = 1000;
    private const long LongBatchMicroseconds = 5000;
    private const int EachAfterLongBatch = 1024;

    // As many as a batch of requests has.
    private const int ItemsMax = 64;

    // More than any error reply has.
    private const int ErrorBytesMax = 64 * 1024;

    private readonly Item[] _batch = new Item[ItemsMax];
    private int _count;
    private long _batchStarted;
    private long _started;
    private long _timed;
    private int _eachLeft;
    private bool _each;
    private bool _alone;
    private bool _isBatch;

    /// <summary>When the next command of a transaction or a script began, or goes on,
    /// microseconds.</summary>
    public long NestedStarted { get; set; }

    /// <summary>Start of a batch of requests.</summary>
    public void BeginBatch(int requests)
    {
        long slow = turn.Settings.SlowlogLogSlowerThanMicroseconds;
        _each = slow is >= 0 and < EachBelowMicroseconds || _eachLeft > 0;
        _alone = requests == 1;
        _isBatch = true;
        BeginPart();
    }

    /// <summary>Before a run.</summary>
    public void Begin(Request request) => _started = _alone ? _batchStarted
        : !_isBatch || IsTimed(request) ? turn.Clock.MonotonicMicroseconds : -1;

    /// <summary>After a run that is not done: it is going to go on.</summary>
    public void Pause(Request request)
    {
        if (_started < 0) return;
        long ran = turn.Clock.MonotonicMicroseconds - _started;
        request.Ran += ran;
        _timed += ran;
        _alone = false;
    }

    /// <summary>After a run that is done.</summary>
    public void End(CommandContext context, Command command, OutputBuffer output, long mark)
    {
        CommandFigures figures = statistics.Of(command);
        bool failed = Count(output, mark, isCounted: context.HasCountedError);
        Request request = context.Request;
        long waited = WaitOf(request);
        if (_started < 0)
        {
            if (_count == _batch.Length) EndPart();
            _batch[_count++] = new Item(figures, waited, request.DiskWait, failed);
            return;
        }

        long took = turn.Clock.MonotonicMicroseconds - _started;
        long before = _isBatch ? Math.Max(0, _started - _batchStarted - _timed) : 0;
        long all = took + request.Ran;
        figures.Called(new CommandTime(all, before + waited, request.DiskWait), failed,
            turn.Settings.LatencyTracking);
        NoteSlow(context, command, all);
        // The time of this run is not shared among the rest of the batch.
        _timed += took;
        _alone = false;
    }

    /// <summary>Before the commands of a transaction or a script, whose own run begins with
    /// them.</summary>
    public void BeginNested() =>
        NestedStarted = _started >= 0 ? _started : turn.Clock.MonotonicMicroseconds;

    /// <summary>A script's command begins, not where the one before it ended.</summary>
    public void StartNested() => NestedStarted = turn.Clock.MonotonicMicroseconds;

    /// <summary>One of them is going to go on.</summary>
    public void PauseNested(Request request) =>
        request.Ran += turn.Clock.MonotonicMicroseconds - NestedStarted;

    /// <summary>After a command of a transaction or a script, whose reply begins at
    /// <paramref name="mark"/>.</summary>
    public void EndNested(CommandContext context, Command command, OutputBuffer output, long mark)
    {
        long now = turn.Clock.MonotonicMicroseconds;
        long took = now - NestedStarted + context.Request.Ran;
        context.Request.Ran = 0;
        NestedStarted = now;
        statistics.Of(command).Called(new CommandTime(took, 0, 0), Count(output, mark),
            turn.Settings.LatencyTracking);
        NoteSlow(context, command, took);
    }

    /// <summary>End of a batch: its time is divided among the fast commands.</summary>
    public void EndBatch()
    {
        EndPart();
        _isBatch = _alone = false;
    }

    // True for an error reply, but for one that was counted where it came from.
    private bool Count(OutputBuffer output, long mark, bool isCounted = false)
    {
        statistics.Counters.CommandsProcessed++;
        bool failed = !isCounted && output.Length > mark && output.Slice(mark, 1)[0] == '-';
        if (failed) statistics.CountError(ErrorText(output, mark + 1));
        return failed;
    }

    private void BeginPart()
    {
        _batchStarted = turn.Clock.MonotonicMicroseconds;
        _timed = 0;
        _count = 0;
    }

    private void EndPart()
    {
        if (_count == 0) return;
        long took = Math.Max(0, turn.Clock.MonotonicMicroseconds - _batchStarted - _timed);
        if (took >= LongBatchMicroseconds) _eachLeft = EachAfterLongBatch;
        bool tracks = turn.Settings.LatencyTracking;
        for (int i = 0; i < _count; i++)
        {
            ref readonly Item item = ref _batch[i];
            long before = took * i / _count;
            long share = (took * (i + 1) / _count) - before;
            item.Figures.Called(new CommandTime(share, before + item.Waited, item.DiskWait), item.Failed,
                tracks);
        }

        BeginPart();
    }

    // How long a request has waited before its batch, not for the disk.
    private long WaitOf(Request request)
    {
        long arrived = request.Arrived;
        if (arrived == 0)
        {
            if (request.Client is not { IsRetrying: true } client) return 0;
            arrived = client.SlowedSince;
        }

        return Math.Max(0, turn.NowMicroseconds - arrived - request.DiskWait - request.Ran);
    }

    private static ReadOnlySpan<byte> ErrorText(OutputBuffer output, long start) =>
        output.Slice(start, (int)Math.Min(output.Length - start, ErrorBytesMax));

    private bool IsTimed(Request request)
    {
        if (_eachLeft > 0) _eachLeft--;
        return _each || (request.Partition < 0 && (request.Command!.Spec.Flags & CommandFlags.Fast) == 0);
    }

    private void NoteSlow(CommandContext context, Command command, long microseconds)
    {
        var settings = turn.Settings;
        long slow = settings.SlowlogLogSlowerThanMicroseconds;
        if (slow >= 0 && microseconds >= slow && (command.Spec.Flags & CommandFlags.SkipSlowlog) == 0)
        {
            statistics.SlowLog.Append(context.Request, context.Session,
                server.Statistics.NextSlowLogId(), context.NowMilliseconds, microseconds,
                settings.SlowlogMaxLength);
        }

        long threshold = settings.LatencyMonitorThresholdMilliseconds;
        if (threshold <= 0 || microseconds / 1000 < threshold) return;
        bool fast = (command.Spec.Flags & CommandFlags.Fast) != 0;
        statistics.Latency.Record(fast ? "fast-command" : "command", turn.NowMilliseconds / 1000,
            microseconds / 1000);
    }

    private readonly record struct Item(CommandFigures Figures, long Waited, long DiskWait, bool Failed);
}
