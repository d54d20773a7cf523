namespace Hedge.Storage.Logs;

/// <summary>How much a core has logged in the last seconds; older seconds count less. Core only.</summary>
/// <remarks>
/// At the end of each second the sum so far is divided by four, or by sixteen when nothing was logged in
/// that second. So a few seconds without writes count as calm, however much was logged before.
/// </remarks>
internal sealed class LogPace
{
    private const long WindowMilliseconds = 1000;
    private const int FadeDivisor = 4;
    private const int IdleFadeDivisor = 16;

    private long _before;
    private long _windowStart;
    private long _windowAt = long.MinValue;
    private long _calmSince = -1;

    /// <summary>The bytes.</summary>
    public long RecentBytes { get; private set; }

    /// <summary>How long they have been few.</summary>
    public long CalmMilliseconds { get; private set; }

    /// <summary>Tells where the log ends.</summary>
    /// <param name="appended">Bytes appended so far.</param>
    /// <param name="nowMilliseconds">The time; may jump.</param>
    /// <param name="calmBytes">How many are few.</param>
    public void Note(long appended, long nowMilliseconds, long calmBytes)
    {
        long bytes = appended - _windowStart;
        bool isOver = nowMilliseconds >= _windowAt || nowMilliseconds < _windowAt - WindowMilliseconds;
        if (isOver)
        {
            _before = (_before / (bytes == 0 ? IdleFadeDivisor : FadeDivisor)) + bytes;
            _windowStart = appended;
            _windowAt = nowMilliseconds + WindowMilliseconds;
            bytes = 0;
        }

        RecentBytes = _before + bytes;
        if (RecentBytes > calmBytes || _calmSince < 0 || nowMilliseconds < _calmSince)
            _calmSince = nowMilliseconds;
        CalmMilliseconds = nowMilliseconds - _calmSince;
    }
}
