using Hedge.Storage.Engines;
using Hedge.Storage.Logs;

namespace Hedge.Host.Benchmarks;

/// <summary>What all cores of a run share.</summary>
internal sealed class BenchShared
{
    private string? _failure;
    private BenchPhase? _phase;
    private volatile bool _isStopping;

    public required BenchOptions Options { get; init; }

    public required Engine Engine { get; init; }

    public required KeySpace Keys { get; init; }

    /// <summary>What every value must be; null when that is not known.</summary>
    public required Versions? Versions { get; init; }

    /// <summary>When the log is synced.</summary>
    public required SyncPolicy Policy { get; init; }

    /// <summary>The phase the cores work on. Any thread.</summary>
    public BenchPhase? Phase
    {
        get => Volatile.Read(ref _phase);
        set => Volatile.Write(ref _phase, value);
    }

    /// <summary>True when the cores are to close.</summary>
    public bool IsStopping
    {
        get => _isStopping;
        set => _isStopping = value;
    }

    /// <summary>What has gone wrong first; null for nothing. Any thread.</summary>
    public string? Failure => Volatile.Read(ref _failure);

    /// <summary>Something has gone wrong: the run ends. Any thread.</summary>
    public void Fail(string text)
    {
        Interlocked.CompareExchange(ref _failure, text, null);
        Phase?.End();
    }
}
