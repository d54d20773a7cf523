using Hedge.Host.Cores;

namespace Hedge.Host.Commands.Transactions;

/// <summary>
/// Which database is behind which number at a point of a transaction that has not run yet: its SWAPDB
/// commands exchange them.
/// </summary>
internal sealed class DatabaseOrder(int count)
{
    private int[]? _order;

    /// <summary>The database that now stands behind the number.</summary>
    public int Now(int database) => _order == null ? database : _order[database];

    /// <summary>A queued SWAPDB has been passed.</summary>
    public void Swap(Request request)
    {
        int first = Read(request, 1);
        int second = Read(request, 2);
        if (first < 0 || second < 0) return;
        _order ??= [.. Enumerable.Range(0, count)];
        (_order[first], _order[second]) = (_order[second], _order[first]);
    }

    /// <summary>The database that an argument names; -1 for none.</summary>
    public int Read(Request request, int index)
    {
        if (index >= request.Count) return -1;
        if (!Numbers.TryParseInt64(request.Argument(index), out long number)) return -1;
        return number >= 0 && number < count ? (int)number : -1;
    }

    /// <summary>The database that the argument after the last such word names; -1 for none.</summary>
    public int ReadAfter(Request request, ReadOnlySpan<byte> word)
    {
        for (int i = request.Count - 2; i > 2; i--)
        {
            if (Ascii.EqualsIgnoreCase(request.Argument(i), word)) return Read(request, i + 1);
        }

        return -1;
    }
}
