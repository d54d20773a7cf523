#pragma warning disable CA1822
using System.Runtime.CompilerServices;

namespace Hedge.Storage.Partitions;

/// <summary>
/// What one core brings to the partitions it holds: its time, its log, its block cache, and what the running command has
/// found missing. Used on that core only.
/// </summary>
public sealed class CoreStorage
{
    private const int FrequencyMax = 255;
    private long _nowMilliseconds;
    private ulong _random = 0x9E3779B97F4A7C15;

    internal CoreStorage(int core) => Core = core;

    /// <summary>The core's number.</summary>
    public int Core { get; }

    /// <summary>The time commands see, Unix milliseconds; the host sets it before every batch.</summary>
    public long NowMilliseconds
    {
        get => _nowMilliseconds;
        set
        {
            _nowMilliseconds = value;
            NowSeconds = (uint)(value / 1000);
        }
    }

    /// <summary>What the core's storage has done.</summary>
    public StorageCounters Counters { get; } = new();

    /// <summary>Hears of expired keys; null for nobody.</summary>
    public IExpirySink? ExpirySink { get; set; }

    /// <summary>True to keep access frequencies (OBJECT FREQ, LFU policies).</summary>
    public bool CountsFrequency { get; set; }

    /// <summary>False after a failure of the log: writing commands must be refused (MISCONF) before they begin.</summary>
    public bool CanWrite => true;

    /// <summary>True when the running command has asked for blocks that are not in memory.</summary>
    public bool HasMisses => false;

    internal uint NowSeconds { get; private set; }

    internal ChangeLog Changes { get; } = new();

    /// <summary>Ends a command: its changes become one log record.</summary>
    public void EndCommand()
    {
    }

    /// <summary>
    /// Starts to read what the command has found missing and forgets it. The waiter hears once, when everything is in;
    /// then the command is to be run again.
    /// </summary>
    /// <param name="waiter">Who is told; the host pools these.</param>
    public void FetchMisses(MissWaiter waiter) => ArgumentNullException.ThrowIfNull(waiter);

    /// <summary>Forgets the misses, when the command is not run again.</summary>
    public void ForgetMisses()
    {
    }

    internal void Touched(Partition partition) => ArgumentNullException.ThrowIfNull(partition);

    /// <summary>Redis's logarithmic counter: the higher it is, the rarer it grows.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal byte NextFrequency(byte frequency)
    {
        const int first = 5;
        const ulong factor = 10;
        if (frequency == FrequencyMax) return frequency;
        _random ^= _random << 13;
        _random ^= _random >> 7;
        _random ^= _random << 17;
        ulong range = (ulong)Math.Max(0, frequency - first) * factor + 1;
        return _random % range == 0 ? (byte)(frequency + 1) : frequency;
    }
}
