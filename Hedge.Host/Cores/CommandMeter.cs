using Hedge.Host.Commands;
using Hedge.Host.Statistics;
using Hedge.Storage.Io;

namespace Hedge.Host.Cores;

/// <summary>
/// Measures commands for INFO, the slow log and the latency monitor. Reading the clock twice costs as much as
/// a GET, so single-key and fast commands share the time of their batch evenly. A command alone in its batch
/// is measured exactly; after a batch that took long, and when the slow log asks for times below a
/// millisecond, every command is.
/// </summary>
internal sealed class CommandMeter(CoreLoop loop)
{
    private const long EachBelowMicroseconds = 1000;
    private const long LongBatchMicroseconds = 5000;
    private const int EachAfterLongBatch = 1024;

    // More than any error reply has.
    private const int ErrorBytesMax = 64 * 1024;

    private readonly CommandFigures[] _batch = new CommandFigures[RequestBatch.RequestsMax];
    private readonly bool[] _failed = new bool[RequestBatch.RequestsMax];
    private int _count;
    private long _batchStarted;
    private long _started;
    private int _eachLeft;
    private bool _each;
    private bool _alone;

    /// <summary>Start of a batch of requests.</summary>
    public void BeginBatch(int requests)
    {
        long slow = loop.Settings.SlowlogLogSlowerThanMicroseconds;
        _each = slow is >= 0 and < EachBelowMicroseconds || _eachLeft > 0;
        _batchStarted = loop.Clock.MonotonicMicroseconds;
        _alone = requests == 1;
        _count = 0;
    }

    /// <summary>Before a run.</summary>
    public void Begin(Request request) =>
        _started = _alone ? _batchStarted : IsTimed(request) ? loop.Clock.MonotonicMicroseconds : -1;

    /// <summary>After a run that is done.</summary>
    public void End(CommandContext context, Command command, OutputBuffer output, long mark)
    {
        loop.Statistics.Counters.CommandsProcessed++;
        bool failed = output.Length > mark && output.Slice(mark, 1)[0] == '-';
        if (failed) loop.Statistics.CountError(ErrorText(output, mark + 1));
        CommandFigures figures = loop.Statistics.Of(command);
        if (_started < 0 && _count < _batch.Length)
        {
            _failed[_count] = failed;
            _batch[_count++] = figures;
            return;
        }

        long took = _started < 0 ? 0 : loop.Clock.MonotonicMicroseconds - _started;
        figures.Called(took, failed, loop.Settings.LatencyTracking);
        NoteSlow(context, command, took);
        // The time of this run is not shared among the rest of the batch.
        _batchStarted += took;
        _alone = false;
    }

    /// <summary>End of a batch: its time is divided among the fast commands.</summary>
    public void EndBatch()
    {
        if (_count == 0) return;
        long took = Math.Max(0, loop.Clock.MonotonicMicroseconds - _batchStarted);
        if (took >= LongBatchMicroseconds) _eachLeft = EachAfterLongBatch;
        bool tracks = loop.Settings.LatencyTracking;
        for (int i = 0; i < _count; i++)
        {
            long share = (took * (i + 1) / _count) - (took * i / _count);
            _batch[i].Called(share, _failed[i], tracks);
        }

        _count = 0;
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
        var settings = loop.Settings;
        long slow = settings.SlowlogLogSlowerThanMicroseconds;
        if (slow >= 0 && microseconds >= slow && (command.Spec.Flags & CommandFlags.SkipSlowlog) == 0)
            loop.Statistics.SlowLog.Append(context, microseconds);
        long threshold = settings.LatencyMonitorThresholdMilliseconds;
        if (threshold <= 0 || microseconds / 1000 < threshold) return;
        bool fast = (command.Spec.Flags & CommandFlags.Fast) != 0;
        loop.Statistics.Latency.Record(fast ? "fast-command" : "command", loop.NowMilliseconds / 1000,
            microseconds / 1000);
    }
}
