namespace Hedge.Storage.Io;

/// <summary>What every transport knows of one connection.</summary>
internal abstract class TransportConnection(int index) : IDisposable
{
    /// <summary>The core's name for the connection.</summary>
    public int Index { get; } = index;

    /// <summary>The bytes that are not sent to the client yet.</summary>
    public OutputBuffer Output { get; } = new();

    /// <summary>Bytes at the front of <see cref="Output"/> that may be sent.</summary>
    public long Flushed { get; set; }

    /// <summary>True when the connection is on the list of those to send for in this turn.</summary>
    public bool IsDirty { get; set; }

    /// <summary>True when sending has failed for good. Further output is dropped.</summary>
    public bool IsBroken { get; set; }

    /// <summary>The core wants no more bytes for now.</summary>
    public bool IsPaused { get; set; }

    /// <summary>True when the core has been told of the end, or is about to be.</summary>
    public bool IsHungUp { get; set; }

    /// <summary>The core wants the connection closed.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Frees all memory. The socket is closed.</summary>
    public virtual void Dispose() => Output.Dispose();
}
