using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Lists;

/// <summary>Looks through a list for elements that are equal to a text, from one end on.</summary>
internal ref struct ListSearch
{
    // How many elements are asked for together when one is not in memory.
    private const long ReadAhead = 8192;

    private readonly StoredList _list;
    private readonly ReadOnlySpan<byte> _text;
    private readonly bool _isBackwards;
    private readonly long _count;
    private StoredList.Walk _walk;
    private long _walked;

    /// <summary>A search.</summary>
    public ListSearch(StoredList list, ReadOnlySpan<byte> text, bool isBackwards)
    {
        _list = list;
        _text = text;
        _isBackwards = isBackwards;
        _count = list.Count;
        _walk = list.From(isBackwards ? _count - 1 : 0, isBackwards);
    }

    /// <summary>How many elements are looked at, at most.</summary>
    public long Most { get; init; } = long.MaxValue;

    /// <summary>LPOS.</summary>
    public static void Reply(CommandContext context)
    {
        long rank = 1, most = -1, longest = 0;
        for (int i = 3; i < context.ArgumentCount; i += 2)
            if (!TryReadOption(context, i, ref rank, ref most, ref longest)) return;
        if (!context.TryOpenList(context.Argument(1), out StoredList list)) return;
        bool isArray = most >= 0;
        long skipped = rank == long.MinValue ? 0 : Math.Abs(rank) - 1;
        ListSearch search = new(list, context.Argument(2), rank < 0)
        {
            Most = longest == 0 ? long.MaxValue : longest,
        };
        List<long> found = [];
        long wanted = most < 0 ? 1 : most == 0 ? long.MaxValue : most;
        while (found.Count < wanted)
        {
            if (!search.TryNext(out long position)) return;
            if (position < 0) break;
            if (skipped-- <= 0) found.Add(position);
        }

        if (isArray)
        {
            context.Reply.ArrayHeader(found.Count);
            foreach (long position in found) context.Reply.Integer(position);
        }
        else if (found.Count > 0)
        {
            context.Reply.Integer(found[0]);
        }
        else
        {
            context.Reply.Null();
        }
    }

    /// <summary>The position of the next equal element; -1 when there is none. False when something must be
    /// read from disk first.</summary>
    public bool TryNext(out long position)
    {
        while (_walked < Most && _walk.TryNext(out ReadOnlySpan<byte> value))
        {
            position = _isBackwards ? _count - 1 - _walked : _walked;
            _walked++;
            if (value.SequenceEqual(_text)) return true;
        }

        position = -1;
        bool isRead = !_walk.IsMissing;
        if (!isRead) Ask();
        _walk.Dispose();
        return isRead;
    }

    private static bool TryReadOption(CommandContext context, int i, ref long rank, ref long most,
        ref long longest)
    {
        bool hasValue = i + 1 < context.ArgumentCount;
        if (hasValue && context.Is(i, "RANK"u8))
        {
            if (!context.TryInteger(i + 1, out rank)) return false;
            if (rank != 0) return true;
            context.Reply.Error("ERR RANK can't be zero: use 1 to start from the first match, 2 from the "
                + "second ... or use negative to start from the end of the list");
            return false;
        }

        bool isCount = hasValue && context.Is(i, "COUNT"u8);
        if (!isCount && !(hasValue && context.Is(i, "MAXLEN"u8)))
        {
            context.Reply.Error(ErrorText.Syntax);
            return false;
        }

        if (Numbers.TryParseInt64(context.Argument(i + 1), out long number) && number >= 0)
        {
            if (isCount) most = number;
            else longest = number;
            return true;
        }

        context.Reply.Error(isCount ? "ERR COUNT can't be negative" : "ERR MAXLEN can't be negative");
        return false;
    }

    private readonly void Ask()
    {
        long from = _isBackwards ? Math.Max(0, _count - _walked - ReadAhead) : _walked;
        _list.TryRead(from, _isBackwards ? _count - _walked : Math.Min(_count, _walked + ReadAhead));
    }
}
