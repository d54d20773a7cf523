namespace Hedge.Storage.Io;

/// <summary>What every transport knows of one connection.</summary>
internal abstract class TransportConnection(int index) : IDisposable
{
    /// <summary>The core's name for the connection.</summary>
    public int Index { get; } = index;

    /// <summary>What the client has yet to be sent.</summary>
    public OutputBuffer Output { get; } = new();

    /// <summary>Bytes at the front of <see cref="Output"/> that may be sent.</summary>
    public long Flushed { get; set; }

    /// <summary>On the list of connections to send for in this turn.</summary>
    public bool IsDirty { get; set; }

    /// <summary>Sending has failed for good; further output is dropped.</summary>
    public bool IsBroken { get; set; }

    /// <summary>The core wants no more bytes for now.</summary>
    public bool IsPaused { get; set; }

    /// <summary>The end was reported to the core, or is about to be.</summary>
    public bool IsHungUp { get; set; }

    /// <summary>The core wants the connection closed.</summary>
    public bool IsClosing { get; set; }

    /// <summary>Gives all memory back. The socket is closed.</summary>
    public virtual void Dispose() => Output.Dispose();
}
