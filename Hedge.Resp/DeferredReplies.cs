using System.Buffers;

namespace Hedge.Resp;

/// <summary>
/// What was written of aggregates whose headers must wait for their lengths, innermost last.
/// </summary>
internal sealed class DeferredReplies : IBufferWriter<byte>
{
    private const int BytesRetained = 64 * 1024;

    private readonly List<int> _starts = [];
    private byte[] _bytes = [];
    private int _length;

    /// <summary>How many aggregates are open.</summary>
    public int Depth => _starts.Count;

    /// <summary>Everything kept aside.</summary>
    public ReadOnlySpan<byte> Written => new(_bytes, 0, _length);

    public void Advance(int count) => _length += count;

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsSpan(_length);
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _bytes.AsMemory(_length);
    }

    public void Begin() => _starts.Add(_length);

    /// <summary>
    /// Ends the innermost aggregate, whose header was written last, from <paramref name="header"/> on.
    /// </summary>
    public void EndNested(int header)
    {
        int start = _starts[^1];
        _starts.RemoveAt(_starts.Count - 1);
        Span<byte> text = stackalloc byte[32];
        int length = _length - header;
        _bytes.AsSpan(header, length).CopyTo(text);
        _bytes.AsSpan(start, header - start).CopyTo(_bytes.AsSpan(start + length));
        text[..length].CopyTo(_bytes.AsSpan(start));
    }

    public void Clear()
    {
        _starts.Clear();
        _length = 0;
        if (_bytes.Length > BytesRetained) _bytes = [];
    }

    private void Reserve(int sizeHint)
    {
        int need = Math.Max(sizeHint, 64);
        if (_bytes.Length - _length >= need) return;
        long capacity = Math.Max(Math.Max(4096, _bytes.Length * 2L), (long)_length + need);
        Array.Resize(ref _bytes, (int)Math.Min(capacity, Array.MaxLength));
    }
}
