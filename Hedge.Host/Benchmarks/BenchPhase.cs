namespace Hedge.Host.Benchmarks;

/// <summary>
/// One phase of a run on all cores: a workload's operations, or, without sources, waiting until the
/// background work is done. Made by the run, worked on by the cores.
/// </summary>
internal sealed class BenchPhase(string name, int cores) : IDisposable
{
    private readonly CountdownEvent _running = new(cores);
    private volatile bool _isEnding;

    /// <summary>Its name in the report.</summary>
    public string Name => name;

    /// <summary>What each core makes its operations with; null for a phase that only waits.</summary>
    public IReadOnlyList<OperationSource>? Sources { get; init; }

    /// <summary>Operations of each core.</summary>
    public long OperationsPerCore { get; init; } = long.MaxValue;

    /// <summary>What each core counts.</summary>
    public IReadOnlyList<CoreFigures> Figures { get; } =
        [.. Enumerable.Range(0, cores).Select(_ => new CoreFigures())];

    /// <summary>True when nothing new is to be begun. Any thread.</summary>
    public bool IsEnding => _isEnding;

    /// <summary>Operations completed so far. Any thread.</summary>
    public long Operations => Figures.Sum(f => f.Operations);

    /// <summary>Has the cores begin nothing new. Any thread.</summary>
    public void End() => _isEnding = true;

    /// <summary>A core has done its part.</summary>
    public void CoreDone() => _running.Signal();

    /// <summary>Waits until all cores have done their part; false when that takes longer.</summary>
    public bool Wait(TimeSpan time) => _running.Wait(time);

    /// <inheritdoc/>
    public void Dispose() => _running.Dispose();
}
