using System.Text;
using NUnit.Framework;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>
/// Decides whether a history has an explanation: an order of its operations in which each gives its reply,
/// and which respects real time, the connections' promises and the crashes.
/// A search after Wing and Gong with Lowe's memory.
/// </summary>
/// <remarks>
/// 1. An operation may come next when nothing unplaced was answered before it was sent.
/// 2. Of one connection, operations on one key keep their order; what has several keys or none,
/// and transactions, comes
///    after all earlier ones and before all later ones. A script whose declared keys are all in one partition
///    is a request of that partition, and keeps its order with those that have one of its keys.
///    A load of a file is one operation for each partition, in any order (<see cref="SimFiles.Parts"/>).
/// 3. An unanswered operation may come anywhere after it was sent, or never;
/// never in a later life of the server.
/// </remarks>
internal sealed class Linearizer
{
    /// <summary>One history in so many may be left undecided…</summary>
    public const int UndecidedShare = 50;

    /// <summary>…and so many in any case.</summary>
    public const int UndecidedFree = 5;

    private const int VisitsMax = 120_000;
    private static long _undecided;
    private static long _checked;
    private static long _histories;

    private readonly SimOp[] _ops;
    private readonly int[][] _before;
    private readonly bool[] _done;
    private readonly HashSet<string> _seen = [];
    private readonly StringBuilder _text = new();
    private int _visits;
    private int _placed;
    private int _placedMost = -1;
    private string _stuck = "";

    private Linearizer(IEnumerable<SimOp> history)
    {
        _ops = [.. history.Where(op => op.Invoke != long.MaxValue)
            .SelectMany(op => SimFiles.IsLoad(op.Action) ? SimFiles.Parts(op) : [op])
            .OrderBy(op => op.Invoke)];
        _done = new bool[_ops.Length];
        _before = new int[_ops.Length][];
        for (int i = 0; i < _ops.Length; i++)
            _before[i] = [.. Enumerable.Range(0, i).Where(j => MustPrecede(j, i))];
    }

    /// <summary>Histories that were too hard to decide.</summary>
    public static long Undecided => Interlocked.Read(ref _undecided);

    /// <summary>Operations checked so far.</summary>
    public static long Checked => Interlocked.Read(ref _checked);

    /// <summary>Histories checked so far.</summary>
    public static long Histories => Interlocked.Read(ref _histories);

    /// <summary>Null when the history has an explanation, else what could not be explained. The test fails
    /// when more than one history in <see cref="UndecidedShare"/> was too hard to decide.</summary>
    public static string? Check(IEnumerable<SimOp> history)
    {
        Linearizer search = new(history);
        Interlocked.Add(ref _checked, search._ops.Length);
        long histories = Interlocked.Increment(ref _histories);
        try
        {
            return search.Place(new KvState(), 0, 0) ? null : search._stuck;
        }
        catch (UndecidedException)
        {
            long undecided = Interlocked.Increment(ref _undecided);
            if (undecided > UndecidedFree + (histories / UndecidedShare))
                Assert.Fail($"{undecided} of {histories} histories were too hard to decide");
            return null;
        }
    }

    private bool MustPrecede(int earlier, int later)
    {
        SimOp first = _ops[earlier];
        SimOp second = _ops[later];
        if (first.Session != second.Session) return false;
        // Parts of a load have no order; those of one that has failed may be there or not.
        if (first.Whole != null && (first.IsPending || first.Whole == second.Whole)) return false;
        return first.IsBarrier || second.IsBarrier || first.Action.Keys.Intersect(second.Action.Keys).Any();
    }

    private bool Place(KvState state, int first, int epoch)
    {
        while (first < _ops.Length && (_done[first] || (_ops[first].IsPending && _ops[first].Epoch < epoch)))
            first++;
        List<int> next = Candidates(first, epoch, out bool isComplete);
        if (isComplete) return true;
        if (!_seen.Add(Memo(state, first, epoch))) return false;
        if (++_visits > VisitsMax) throw new UndecidedException();
        foreach (int i in next)
        {
            _done[i] = true;
            _placed++;
            foreach (KvState after in KvModel.Apply(state, _ops[i]))
                if (Place(after, first, Math.Max(epoch, _ops[i].Epoch))) return true;
            _placed--;
            _done[i] = false;
        }

        if (_placed > _placedMost) NoteStuck(state, next);
        return false;
    }

    private List<int> Candidates(int first, int epoch, out bool isComplete)
    {
        long bound = long.MaxValue;
        List<int> open = [];
        for (int i = first; i < _ops.Length && _ops[i].Invoke < bound; i++)
        {
            if (_done[i]) continue;
            bound = Math.Min(bound, _ops[i].Return);
            open.Add(i);
        }

        isComplete = bound == long.MaxValue;
        open.RemoveAll(
            i => _ops[i].Invoke > bound || _ops[i].Epoch < epoch || !_before[i].All(j => _done[j]));
        open.Sort((a, b) => (_ops[a].Return, a).CompareTo((_ops[b].Return, b)));
        return open;
    }

    private string Memo(KvState state, int first, int epoch)
    {
        _text.Clear().Append(first).Append('/').Append(epoch).Append(':');
        int last = _ops.Length - 1;
        while (last >= first && !_done[last]) last--;
        for (int i = first; i <= last; i++) _text.Append(_done[i] ? '1' : '0');
        _text.Append('|');
        state.Describe(_text);
        return _text.ToString();
    }

    private void NoteStuck(KvState state, List<int> next)
    {
        _placedMost = _placed;
        _text.Clear().Append("no order explains the replies. Furthest: ").Append(_placed).Append(
            " placed, state ");
        state.Describe(_text);
        _text.AppendLine().AppendLine("next could be:");
        foreach (int i in next) _text.Append("  ").Append(_ops[i]).AppendLine();
        _stuck = _text.ToString();
    }

    private sealed class UndecidedException : Exception;
}
