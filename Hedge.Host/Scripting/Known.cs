using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>What is known of a value before a program runs.</summary>
internal enum KnownKind : byte
{
    /// <summary>Nothing.</summary>
    Nothing,

    /// <summary>It is the table <c>redis</c>.</summary>
    Redis,

    /// <summary>It is <c>redis.call</c> or <c>redis.pcall</c>.</summary>
    Call,

    /// <summary>It is <c>KEYS</c>.</summary>
    Keys,

    /// <summary>It is an element of <c>KEYS</c>, or nil.</summary>
    Key,

    /// <summary>It is a certain string.</summary>
    Word,

    /// <summary>It is <c>unpack</c>.</summary>
    Unpack,

    /// <summary>It is <c>pairs</c> or <c>ipairs</c>.</summary>
    Pairs,

    /// <summary>It goes over <c>KEYS</c>.</summary>
    KeysIterator,

    /// <summary>It is <c>redis</c>, <c>redis.call</c> or <c>KEYS</c> on one way here, and something else on
    /// another: the proof ends where it is used.</summary>
    Mixed,
}

/// <summary>What is known of a value, and which word it is.</summary>
internal readonly record struct Known(KnownKind Kind, LuaString? Word = null)
{
    /// <summary>True for what may not get where it is not seen.</summary>
    public bool IsPrecious => Kind is KnownKind.Redis or KnownKind.Call or KnownKind.Keys or KnownKind.Mixed;

    /// <summary>True when both know the same.</summary>
    public bool IsSame(in Known other) => Kind == other.Kind
        && (Kind != KnownKind.Word || Word!.EqualTo(other.Word!));
}

/// <summary>What is known of a function's registers before an instruction, and of the values above them that
/// an open call or <c>...</c> has left.</summary>
internal sealed class KnownRegisters(int count)
{
    /// <summary><see cref="OpenFrom"/> when the ways here differ.</summary>
    public const int Lost = -2;

    private readonly Known[] _values = new Known[count];

    /// <summary>Where the open values begin; -1 when there are none.</summary>
    public int OpenFrom { get; set; } = -1;

    /// <summary>What is known of each of them.</summary>
    public Known Open { get; set; }

    /// <summary>How many registers there are.</summary>
    public int Count => _values.Length;

    /// <summary>A register.</summary>
    public Known this[int register]
    {
        get => register < _values.Length ? _values[register] : default;
        set
        {
            if (register < _values.Length) _values[register] = value;
        }
    }

    /// <summary>Some registers.</summary>
    public ReadOnlySpan<Known> Range(int from, int end) =>
        _values.AsSpan(from, Math.Clamp(end - from, 0, _values.Length - from));

    /// <summary>Forgets a register and all above it.</summary>
    public void ForgetFrom(int register) => _values.AsSpan(Math.Min(register, _values.Length)).Clear();

    /// <summary>A copy.</summary>
    public KnownRegisters Copy()
    {
        var copy = new KnownRegisters(_values.Length) { OpenFrom = OpenFrom, Open = Open };
        _values.CopyTo(copy._values, 0);
        return copy;
    }

    /// <summary>Keeps what both ways to an instruction know. True when that is less than before.</summary>
    public bool Join(KnownRegisters other)
    {
        bool hasChanged = false;
        for (int i = 0; i < _values.Length; i++)
        {
            Known both = Both(_values[i], other._values[i]);
            hasChanged |= !both.IsSame(_values[i]);
            _values[i] = both;
        }

        if (OpenFrom == other.OpenFrom && (OpenFrom < 0 || Open.IsSame(other.Open))) return hasChanged;
        if (OpenFrom == Lost) return hasChanged;
        OpenFrom = Lost;
        return true;
    }

    private static Known Both(in Known a, in Known b)
    {
        if (a.IsSame(b)) return a;
        return a.IsPrecious || b.IsPrecious ? new Known(KnownKind.Mixed) : default;
    }
}
