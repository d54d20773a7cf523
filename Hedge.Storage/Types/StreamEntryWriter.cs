using Hedge.Storage.Collections;

namespace Hedge.Storage.Types;

/// <summary>Writes the content of a stream's entry (the grammar is at <see cref="StreamEntryReader"/>).
/// Dispose of it.</summary>
public ref struct StreamEntryWriter : IDisposable
{
    /// <summary>How much room callers give on their stacks.</summary>
    public const int SmallBytes = ElementBuilder.SmallBytes;

    private ElementBuilder _builder;

    /// <summary>Starts to write.</summary>
    /// <param name="small">Room for short content: <see cref="SmallBytes"/>.</param>
    /// <param name="fields">How many fields there will be.</param>
    /// <param name="bytes">The bytes of all fields and values together.</param>
    public StreamEntryWriter(Span<byte> small, int fields, long bytes)
    {
        _builder = new ElementBuilder(small, BytesMax(fields, bytes));
        _builder.AddLength(fields);
    }

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Content => _builder.Element;

    /// <summary>The most bytes that content may need.</summary>
    public static long BytesMax(int fields, long bytes) =>
        bytes + (((2L * fields) + 1) * ElementCodec.LengthBytesMax);

    /// <summary>Adds a field.</summary>
    public void Add(ReadOnlySpan<byte> field, ReadOnlySpan<byte> value)
    {
        _builder.Add(field);
        _builder.Add(value);
    }

    /// <summary>Gives working memory back.</summary>
    public readonly void Dispose() => _builder.Dispose();
}
