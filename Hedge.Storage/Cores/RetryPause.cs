namespace Hedge.Storage.Cores;

/// <summary>How long to wait before something that has failed is tried again: twice as long each time, up to
/// a bound. Milliseconds.</summary>
internal sealed class RetryPause(long least, long most)
{
    private int _failures;

    /// <summary>It has failed: how long to wait.</summary>
    public long Failed() => Math.Min(least << Math.Min(_failures++, 20), most);

    /// <summary>It has worked.</summary>
    public void Worked() => _failures = 0;
}
