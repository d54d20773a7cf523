namespace Hedge.Host.Commands.Lists;

/// <summary>The positions of LRANGE and LTRIM, from the end when they are negative.</summary>
internal struct ListRange
{
    private long _start;
    private long _stop;

    /// <summary>Reads arguments 2 and 3. False when an error was replied.</summary>
    public static bool TryRead(CommandContext context, out ListRange range)
    {
        range = default;
        return context.TryInteger(2, out range._start) && context.TryInteger(3, out range._stop);
    }

    /// <summary>The positions in a list of so many elements: the first, and the one behind the last; equal
    /// when there is none.</summary>
    public readonly void Resolve(long count, out long from, out long to)
    {
        from = Math.Max(0, _start < 0 ? count + _start : _start);
        to = Math.Min(_stop < 0 ? count + _stop : _stop, count - 1) + 1;
        if (from >= to) from = to = 0;
    }
}
