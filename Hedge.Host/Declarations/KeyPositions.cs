using System.Runtime.CompilerServices;

namespace Hedge.Host.Declarations;

/// <summary>The arguments of a request, the command's name first.</summary>
internal interface IArguments
{
    /// <summary>How many.</summary>
    int Count { get; }

    /// <summary>One of them.</summary>
    ReadOnlySpan<byte> this[int index] { get; }
}

/// <summary>
/// Goes through the argument indices of a request's keys: those its command declares, then the hidden one.
/// The one place that knows how key declarations are read. May be used in foreach.
/// </summary>
internal struct KeyPositions
{
    private readonly KeySpec[] _specs;
    private readonly int _argumentCount;
    private readonly int _hidden;
    private readonly VariableRanges _ranges;
    private int _next;
    private int _last;
    private int _step;

    private KeyPositions(CommandSpec command, int argumentCount, int hidden, bool areUnclear,
        in VariableRanges ranges)
    {
        AreUnclear = areUnclear;
        _specs = command.Keys;
        _argumentCount = argumentCount;
        _hidden = hidden;
        _ranges = ranges;
        _last = -1;
    }

    /// <summary>True when the arguments do not say where all of them are: their number is wrong, or
    /// 0.</summary>
    public bool AreUnclear { get; }

    /// <summary>The key's argument index.</summary>
    public int Current { get; private set; }

    /// <summary>The declaration that the current key comes from; null for the hidden key.</summary>
    public readonly KeySpec? Spec => _next <= _specs.Length ? _specs[_next - 1] : null;

    /// <summary>The keys of a request of the command.</summary>
    /// <param name="command">Its declaration.</param>
    /// <param name="arguments">The arguments.</param>
    public static KeyPositions Of<T>(CommandSpec command, in T arguments)
        where T : IArguments, allows ref struct
    {
        int count = arguments.Count;
        int hidden = command.HiddenKey is { } key && count > 1 && key.IsIn(arguments[1], count)
            ? key.Index : 0;
        VariableRanges ranges = default;
        bool areUnclear = false;
        if (command.HasVariableKeys)
        {
            for (int i = 0; i < command.Keys.Length; i++)
            {
                if (!command.Keys[i].IsVariable) continue;
                ranges[i] = RangeOf(command.Keys[i], arguments);
                areUnclear |= command.Keys[i].CountAt > 0 && ranges[i].Last < Math.Max(1, ranges[i].First);
            }
        }

        return new KeyPositions(command, count, hidden, areUnclear, ranges);
    }

    public readonly KeyPositions GetEnumerator() => this;

    public bool MoveNext()
    {
        Current += _step;
        while (Current > _last)
        {
            if (!NextRange()) return false;
        }

        return true;
    }

    private static (int First, int Last) RangeOf<T>(KeySpec spec, in T arguments)
        where T : IArguments, allows ref struct
    {
        if (spec is { IsUnknown: true, Keyword: null }) return (0, -1);
        int count = arguments.Count;
        if (spec.CountAt > 0)
        {
            if (spec.CountAt >= count || !Numbers.TryParseInt64(arguments[spec.CountAt], out long keys))
                return (0, -1);
            long last = keys > count ? count : spec.First + ((keys - 1) * spec.Step);
            return last < count ? (spec.First, (int)last) : (0, -1);
        }

        int first = 0;
        // Of options with a key that are given twice, the last one counts.
        bool isOption = spec.Last == 0;
        for (int i = spec.First; i < count - 1 && (isOption || first == 0); i++)
        {
            if (!System.Text.Ascii.EqualsIgnoreCase(arguments[i], spec.Keyword))
                i += ValuesOf(spec, arguments[i]);
            else
                first = isOption ? ++i : i + 1;
        }

        if (first == 0) return (0, -1);
        if (spec.Last == 0) return (first, first);
        int left = count - first;
        return (first, first + (spec.Limit > 1 ? left / spec.Limit : left) - 1);
    }

    private static int ValuesOf(KeySpec spec, ReadOnlySpan<byte> option)
    {
        foreach ((string word, int values) in spec.OtherOptions)
            if (System.Text.Ascii.EqualsIgnoreCase(option, word)) return values;
        return 0;
    }

    private bool NextRange()
    {
        if (_next < _specs.Length)
        {
            KeySpec keys = _specs[_next++];
            if (keys.IsVariable)
            {
                (Current, _last) = _ranges[_next - 1];
                _step = keys.Step;
                return true;
            }

            Current = keys.First;
            _last = keys.IsKey ? keys.LastIndex(_argumentCount) : -1;
            _step = keys.Step;
            return true;
        }

        if (_next > _specs.Length || _hidden == 0) return false;
        _next++;
        _step = 1;
        Current = _last = _hidden;
        return true;
    }

    // The first and the last key of each declaration that depends on the arguments.
    [InlineArray(Length)]
    private struct VariableRanges
    {
        private const int Length = 4;
        private (int First, int Last) _first;
    }
}
