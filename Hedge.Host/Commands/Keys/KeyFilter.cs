using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

/// <summary>Which keys a walk answers: those that match a pattern and hold a type.</summary>
internal readonly ref struct KeyFilter
{
    private readonly ReadOnlySpan<byte> _pattern;
    private readonly ReadOnlySpan<byte> _type;
    private readonly bool _all;
    private readonly bool _anyType;

    /// <summary>Keys that match the pattern.</summary>
    public KeyFilter(ReadOnlySpan<byte> pattern)
    {
        _pattern = pattern;
        _all = pattern.SequenceEqual("*"u8);
        _anyType = true;
    }

    /// <summary>Keys that match the pattern and hold the type of that name (in any case; an unknown one
    /// passes none).</summary>
    public KeyFilter(ReadOnlySpan<byte> pattern, ReadOnlySpan<byte> type)
        : this(pattern)
    {
        _type = type;
        _anyType = false;
    }

    /// <summary>What every key that passes begins with.</summary>
    public ReadOnlySpan<byte> Prefix => Glob.LiteralPrefix(_pattern);

    /// <summary>True for a key to answer.</summary>
    public bool Passes(ReadOnlySpan<byte> key, RecordType type)
    {
        if (!_anyType && !AsciiText.EqualsIgnoreCase(_type, TypeNames.Of(type))) return false;
        return _all || Glob.Matches(_pattern, key);
    }
}
