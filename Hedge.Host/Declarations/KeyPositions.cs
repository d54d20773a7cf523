namespace Hedge.Host.Declarations;

/// <summary>
/// Goes through the argument indices of a request's keys: those its command declares, then the hidden one.
/// The one place that knows how key declarations are read. May be used in foreach.
/// </summary>
internal struct KeyPositions
{
    private readonly KeySpec[] _specs;
    private readonly int _argumentCount;
    private readonly int _hidden;
    private int _next;
    private int _last;
    private int _step;

    /// <summary>The keys of a request of the command.</summary>
    /// <param name="command">Its declaration.</param>
    /// <param name="argumentCount">The number of arguments with the command's name.</param>
    /// <param name="first">The argument after the name; empty when there is none.</param>
    public KeyPositions(CommandSpec command, int argumentCount, ReadOnlySpan<byte> first)
    {
        _specs = command.Keys;
        _argumentCount = argumentCount;
        if (command.HiddenKey is { } key && key.IsIn(first, argumentCount)) _hidden = key.Index;
        _last = -1;
    }

    /// <summary>The key's argument index.</summary>
    public int Current { get; private set; }

    /// <summary>The declaration that the current key comes from; null for the hidden key.</summary>
    public readonly KeySpec? Spec => _next <= _specs.Length ? _specs[_next - 1] : null;

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

    private bool NextRange()
    {
        _step = 1;
        if (_next < _specs.Length)
        {
            KeySpec keys = _specs[_next++];
            Current = keys.First;
            _last = keys.IsKey ? keys.LastIndex(_argumentCount) : -1;
            _step = keys.Step;
            return true;
        }

        if (_next > _specs.Length || _hidden == 0) return false;
        _next++;
        Current = _last = _hidden;
        return true;
    }
}
