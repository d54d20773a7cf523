using System.Buffers;

namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>Memory for one string of a payload at a time.</summary>
internal sealed class PayloadMemory : IDisposable
{
    private byte[] _bytes = [];

    /// <summary>Room for a string; what was there before is lost.</summary>
    public Span<byte> Take(int length)
    {
        if (_bytes.Length < length)
        {
            Dispose();
            _bytes = ArrayPool<byte>.Shared.Rent(length);
        }

        return _bytes.AsSpan(0, length);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        if (_bytes.Length > 0) ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }
}
