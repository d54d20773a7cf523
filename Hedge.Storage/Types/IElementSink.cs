namespace Hedge.Storage.Types;

/// <summary>Takes the elements that a scan visits.</summary>
public interface IElementSink
{
    /// <summary>One element.</summary>
    /// <param name="name">The member or field.</param>
    /// <param name="value">A field's value.</param>
    /// <param name="score">A sorted set's score.</param>
    void Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, double score);
}
