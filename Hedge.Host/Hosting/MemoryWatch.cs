using System.Diagnostics;
using Hedge.Host.Settings;
using Hedge.Storage.Engines;
using Hedge.Storage.Io.Services;

namespace Hedge.Host.Hosting;

/// <summary>Tells the engine ten times a second how much memory the process takes, so that it keeps to
/// maxmemory. While the process takes more, the allocator is told to give back what it keeps. Runs on the
/// thread pool, beside the cores.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan TrimPeriod = TimeSpan.FromSeconds(5);

    private readonly Timer _timer;
    private readonly Engine _engine;
    private readonly SettingStore _settings;
    private long _trimmedAt;

    public MemoryWatch(Engine engine, SettingStore settings)
    {
        _engine = engine;
        _settings = settings;
        _timer = new Timer(_ => Look(), null, Period, Period);
    }

    /// <summary>Ends it; the engine is not touched any more afterwards.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Look()
    {
        long budget = _settings.Current.MemoryBudgetBytes;
        long resident = Environment.WorkingSet;
        _engine.Govern(budget, resident);
        if (resident <= budget || Stopwatch.GetElapsedTime(_trimmedAt) < TrimPeriod) return;
        SystemAllocator.Trim();
        _trimmedAt = Stopwatch.GetTimestamp();
    }
}
