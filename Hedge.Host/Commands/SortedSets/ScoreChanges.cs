using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.SortedSets;

/// <summary>
/// What one ZADD does. All elements with new scores are inserted before the old ones are removed, since the
/// places of both were read before; only a set that is all in its key's record is changed member by member.
/// </summary>
internal ref struct ScoreChanges
{
    private readonly CommandContext _context;
    private readonly StoredSortedSet _set;
    private readonly ScoreOptions _options;
    private readonly int _first;
    private readonly int _step;
    private readonly double[] _scores;
    private List<(int Index, double Score)>? _replaced;
    private long _added;
    private long _changed;
    private double? _result;

    /// <summary>Changes of the members at every second argument, or every <paramref name="step"/>-th one,
    /// from <paramref name="first"/> on.</summary>
    public ScoreChanges(CommandContext context, StoredSortedSet set, ScoreOptions options, int first,
        double[] scores, int step = 2)
    {
        _step = step;
        _context = context;
        _set = set;
        _options = options;
        _first = first;
        _scores = scores;
    }

    private readonly bool IsIncrement => _options.HasFlag(ScoreOptions.Increments);

    /// <summary>Reads all that <see cref="Make"/> needs. False when some of it must be read from disk first,
    /// or when an error was replied.</summary>
    public readonly bool TryPrepare()
    {
        bool isRead = true;
        for (int i = 0; i < _scores.Length; i++)
        {
            ReadOnlySpan<byte> member = Member(i);
            isRead &= _set.TryFind(member, out bool isThere, out double old);
            double score = _scores[i] + (IsIncrement && isThere ? old : 0);
            if (double.IsNaN(score))
            {
                if (isRead) _context.Reply.Error("ERR resulting score is not a number (NaN)");
                return false;
            }

            isRead &= _set.TryPrepare(member, score);
            if (isThere) isRead &= _set.TryPrepare(member, old);
        }

        return isRead;
    }

    /// <summary>Makes the changes and replies.</summary>
    public void Make()
    {
        for (int i = 0; i < _scores.Length; i++)
        {
            _set.TryFind(Member(i), out bool isThere, out double old);
            if (isThere) Change(i, old);
            else if (!_options.HasFlag(ScoreOptions.OnlyOld)) AddNew(i);
        }

        if (_replaced != null)
            foreach ((int index, double score) in _replaced)
                _set.Remove(Member(index), score, isReplaced: true);
        if (_added + _changed > 0)
        {
            ReadOnlySpan<byte> keyEvent = IsIncrement ? "zincr"u8 : "zadd"u8;
            _context.Notify(KeyspaceEvents.SortedSet, keyEvent, _context.Argument(1));
        }

        if (!IsIncrement)
            _context.Reply.Integer(_added + (_options.HasFlag(ScoreOptions.CountsChanges) ? _changed : 0));
        else if (_result is { } result) _context.Reply.Double(result);
        else _context.Reply.Null();
    }

    private readonly ReadOnlySpan<byte> Member(int i) => _context.Argument(_first + (_step * i));

    private void AddNew(int i)
    {
        _set.Insert(Member(i), ScoreWrite.Kept(_context, _set, Member(i), _scores[i], isNew: true));
        ScoreWrite.Show(_context, _set, Member(i));
        _added++;
        _result = _scores[i];
    }

    private void Change(int i, double old)
    {
        double score = IsIncrement ? old + _scores[i] : _scores[i];
        bool isRefused = _options.HasFlag(ScoreOptions.OnlyNew)
            || (_options.HasFlag(ScoreOptions.OnlyHigher) && score <= old)
            || (_options.HasFlag(ScoreOptions.OnlyLower) && score >= old);
        if (isRefused) return;
        _result = score;
        if (score == old) return;
        _changed++;
        score = ScoreWrite.Kept(_context, _set, Member(i), score, isNew: false);
        bool isInserted = _set.Insert(Member(i), score);
        if (!isInserted) Keep(i, score);
        if (_scores.Length > 1 && _set.IsLarge) (_replaced ??= []).Add((i, old));
        else _set.Remove(Member(i), old, isReplaced: true);
    }

    // A member that comes several times has got back the score of an element that was to be removed.
    private readonly void Keep(int i, double score)
    {
        for (int j = 0; j < _replaced!.Count; j++)
        {
            if (_replaced[j].Score != score || !Member(_replaced[j].Index).SequenceEqual(Member(i))) continue;
            _replaced.RemoveAt(j);
            return;
        }
    }
}
