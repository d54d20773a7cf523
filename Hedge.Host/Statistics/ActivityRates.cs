namespace Hedge.Host.Statistics;

/// <summary>
/// One core's speed over the last seconds: the mean of the last 16 samples of commands and bytes per second.
/// Sampled by the core's timer, read by any core.
/// </summary>
internal sealed class ActivityRates
{
    private const int SampleCount = 16;

    // A sample covers at least this long, so that a fast timer does not shorten the mean.
    private const long SampleMicroseconds = 100_000;

    private readonly Rate _commands = new();
    private readonly Rate _received = new();
    private readonly Rate _sent = new();
    private long _lastMicroseconds = -1;

    /// <summary>Commands per second.</summary>
    public long Commands => _commands.Mean;

    /// <summary>Bytes received per second.</summary>
    public long BytesReceived => _received.Mean;

    /// <summary>Bytes sent per second.</summary>
    public long BytesSent => _sent.Mean;

    /// <summary>Called by the core's timer with its monotonic time.</summary>
    public void Sample(long nowMicroseconds, in CoreCounters counters)
    {
        long elapsed = nowMicroseconds - _lastMicroseconds;
        if (_lastMicroseconds >= 0 && elapsed < SampleMicroseconds) return;
        bool first = _lastMicroseconds < 0;
        _lastMicroseconds = nowMicroseconds;
        _commands.Sample(counters.CommandsProcessed, elapsed, first);
        _received.Sample(counters.BytesReceived, elapsed, first);
        _sent.Sample(counters.BytesSent, elapsed, first);
    }

    private sealed class Rate
    {
        private readonly long[] _samples = new long[SampleCount];
        private int _next;
        private long _last;

        public long Mean
        {
            get
            {
                long sum = 0;
                foreach (long sample in _samples) sum += sample;
                return sum / SampleCount;
            }
        }

        // A counter that was reset meanwhile gives one sample of zero.
        public void Sample(long value, long elapsedMicroseconds, bool first)
        {
            if (!first)
            {
                long change = Math.Max(0, value - _last);
                _samples[_next] = (long)(change * 1_000_000.0 / elapsedMicroseconds);
                _next = (_next + 1) % SampleCount;
            }

            _last = value;
        }
    }
}
