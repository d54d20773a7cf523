using System.Net;
using Hedge.Storage.Io.Kernel;

namespace Hedge.Storage.Io.Uring;

/// <summary>
/// A socket descriptor between accept and adoption, owned by this object until <see cref="Release"/>.
/// </summary>
internal sealed class UringAcceptedSocket(int descriptor, ListeningSocket listener) : AcceptedSocket
{
    private int _descriptor = descriptor;

    /// <inheritdoc/>
    public override EndPoint Remote { get; } =
        listener.Bound is IPEndPoint ? Sockets.RemoteAddress(descriptor) : listener.Bound;

    /// <inheritdoc/>
    public override EndPoint Local { get; } = Sockets.AddressOf(listener.Bound, descriptor);

    /// <inheritdoc/>
    public override bool IsEncrypted => listener.Asked.IsEncrypted;

    /// <inheritdoc/>
    public override int Descriptor => _descriptor;

    /// <summary>Hands the descriptor over to the caller.</summary>
    public int Release()
    {
        int released = _descriptor;
        Invariant.Check(released >= 0, "a socket is adopted once");
        _descriptor = -1;
        return released;
    }

    /// <inheritdoc/>
    // SAFETY: the kernel has copied the bytes when the call returns.
    public override unsafe void Refuse(ReadOnlySpan<byte> reason)
    {
        // A client that is gone hears nothing.
        fixed (byte* text = reason) _ = Libc.Write(_descriptor, text, (nuint)reason.Length);
        Dispose();
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_descriptor < 0) return;
        _ = Libc.Close(_descriptor);
        _descriptor = -1;
    }
}
