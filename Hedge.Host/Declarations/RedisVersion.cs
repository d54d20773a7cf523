namespace Hedge.Host.Declarations;

/// <summary>The version of Redis whose behaviour is followed: clients and scripts decide by it what they may
/// use.</summary>
internal static class RedisVersion
{
    /// <summary>As INFO shows it.</summary>
    public const string Text = "7.2.4";

    /// <summary>A byte for each part.</summary>
    public const int Number = 0x00070204;
}
