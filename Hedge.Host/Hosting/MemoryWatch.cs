using Hedge.Host.Settings;
using Hedge.Storage;

namespace Hedge.Host.Hosting;

/// <summary>Tells the engine ten times a second what the process takes, so that it keeps to maxmemory. Runs
/// on the thread pool, beside the cores.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly Timer _timer;

    public MemoryWatch(Engine engine, SettingStore settings)
    {
        _timer = new Timer(
            _ => engine.Govern(settings.Current.MemoryBudgetBytes, Environment.WorkingSet), null, Period,
            Period);
    }

    /// <summary>Ends it; the engine is not touched any more afterwards.</summary>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();
}
