namespace Hedge.Storage.Io.Tls;

/// <summary>What the TLS layer knows of one connection.</summary>
/// <param name="index">The core's name for the connection.</param>
/// <param name="encrypted">The transport's buffer of the connection.</param>
internal sealed class TlsConnection(int index, OutputBuffer encrypted) : IDisposable
{
    /// <summary>The core's name for the connection.</summary>
    public int Index => index;

    /// <summary>The encrypted bytes that are not sent yet.</summary>
    public OutputBuffer Encrypted => encrypted;

    /// <summary>The core's bytes, not yet encrypted.</summary>
    public OutputBuffer Output { get; } = new();

    /// <summary>The TLS connection; null when it could not be made.</summary>
    public TlsSession? Session { get; set; }

    /// <summary>When it must be established, microseconds of the core's clock.</summary>
    public long HandshakeDue { get; init; }

    /// <summary>Bytes at the front of <see cref="Output"/> that may be sent.</summary>
    public long Flushed { get; set; }

    /// <summary>More is to be encrypted in the next turn, if the socket takes what it has by then.</summary>
    public bool IsListed { get; set; }

    /// <summary>Flushed bytes had to wait.</summary>
    public bool HasWaited { get; set; }

    /// <summary>The core has been told that nothing more is received.</summary>
    public bool IsHungUp { get; set; }

    /// <summary>Nothing more can be encrypted.</summary>
    public bool IsBroken { get; set; }

    /// <summary>The core wants the connection closed.</summary>
    public bool IsClosing { get; set; }

    /// <summary>The transport has been told to close it.</summary>
    public bool IsClosed { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Session?.Dispose();
        Output.Dispose();
    }
}
