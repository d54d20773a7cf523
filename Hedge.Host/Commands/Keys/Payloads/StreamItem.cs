namespace Hedge.Host.Commands.Keys.Payloads;

/// <summary>The fields and values of an entry in a stream's listpack.</summary>
internal ref struct StreamItem
{
    private readonly bool _isSame;
    private PackedReader _names;
    private PackedReader _values;
    private int _left;

    /// <summary>An entry whose fields all can be read.</summary>
    /// <param name="fields">How many.</param>
    /// <param name="names">Before the first field.</param>
    /// <param name="values">Before the first value; not used when fields and values alternate.</param>
    /// <param name="isSame">True when the fields stand elsewhere.</param>
    public StreamItem(int fields, PackedReader names, PackedReader values, bool isSame)
    {
        (Fields, _left, _isSame) = (fields, fields, isSame);
        _names = names;
        _values = values;
    }

    /// <summary>How many fields there are.</summary>
    public int Fields { get; }

    /// <summary>The next field.</summary>
    /// <param name="fieldRoom">Room for the field if it is a number.</param>
    /// <param name="valueRoom">The same for the value.</param>
    /// <param name="field">The field.</param>
    /// <param name="value">The value.</param>
    public bool TryNext(Span<byte> fieldRoom, Span<byte> valueRoom, out ReadOnlySpan<byte> field,
        out ReadOnlySpan<byte> value)
    {
        field = value = default;
        if (_left == 0) return false;
        _left--;
        bool isThere = _names.TryNext(out PackedElement name);
        PackedElement its;
        if (_isSame) isThere &= _values.TryNext(out its);
        else isThere &= _names.TryNext(out its);
        if (!isThere) return false;
        field = name.Bytes(fieldRoom);
        value = its.Bytes(valueRoom);
        return true;
    }
}
