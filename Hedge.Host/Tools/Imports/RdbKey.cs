using Hedge.Host.Commands.Keys.Payloads;

namespace Hedge.Host.Tools.Imports;

/// <summary>A key on its way to a server, with everything but its value.</summary>
internal readonly ref struct RdbKey
{
    /// <summary>Its name.</summary>
    public required ReadOnlySpan<byte> Name { get; init; }

    /// <summary>How its value is written.</summary>
    public required DumpType Type { get; init; }

    /// <summary>When it expires, in Unix milliseconds; 0 for never.</summary>
    public long ExpireAt { get; init; }

    /// <summary>For how many seconds nobody has used it; -1 when that is not known.</summary>
    public long IdleSeconds { get; init; }

    /// <summary>The logarithmic counter of its uses; -1 when that is not known.</summary>
    public int Frequency { get; init; }
}
