using Hedge.Storage.Collections;

namespace Hedge.Storage.Types;

/// <summary>
/// Reads the fields and values of a stream's entry.
/// <code>
/// content := fields:length (length field{length} length value{length}){fields}
/// </code>
/// </summary>
public ref struct StreamEntryReader
{
    private readonly ReadOnlySpan<byte> _content;
    private int _at;

    /// <summary>Starts to read.</summary>
    /// <param name="content">The entry's content, unchanged meanwhile.</param>
    public StreamEntryReader(ReadOnlySpan<byte> content)
    {
        _content = content;
        Fields = ElementCodec.ReadLength(content, ref _at);
    }

    /// <summary>How many fields the entry has.</summary>
    public int Fields { get; }

    /// <summary>Reads the next field.</summary>
    /// <returns>False at the end.</returns>
    public bool TryNext(out ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
    {
        field = value = default;
        if (_at == _content.Length) return false;
        field = ElementCodec.ReadBytes(_content, _at);
        _at = ElementCodec.EndOfBytes(_content, _at);
        value = ElementCodec.ReadBytes(_content, _at);
        _at = ElementCodec.EndOfBytes(_content, _at);
        return true;
    }
}
