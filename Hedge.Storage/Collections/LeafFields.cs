namespace Hedge.Storage.Collections;

/// <summary>Goes through the elements of a hash's leaf.</summary>
internal ref struct LeafFields(ReadOnlySpan<byte> leaf)
{
    private readonly ReadOnlySpan<byte> _leaf = leaf;
    private int _next;

    /// <summary>Where the current element begins.</summary>
    public int Offset { get; private set; }

    /// <summary>The current element.</summary>
    public readonly FieldElement Current => new(_leaf[Offset..]);

    /// <summary>Itself, for a loop.</summary>
    public readonly LeafFields GetEnumerator() => this;

    /// <summary>Goes to the next element; false at the end.</summary>
    public bool MoveNext()
    {
        if (_next == _leaf.Length) return false;
        Offset = _next;
        _next += FieldOrder.ElementLength(_leaf[_next..]);
        return true;
    }
}
