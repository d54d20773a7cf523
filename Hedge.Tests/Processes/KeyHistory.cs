namespace Hedge.Tests.Processes;

/// <summary>What a key holds: its value (null: absent) and its expiry time in Unix milliseconds (-1:
/// none).</summary>
internal readonly record struct KeyState(string? Value, long ExpiresAt)
{
    public static KeyState Absent { get; } = new(null, -1);
}

/// <summary>One command of one client: sent, and perhaps acknowledged.</summary>
internal sealed class Operation
{
    /// <summary>The requests it consists of: one, or MULTI … EXEC.</summary>
    public required IReadOnlyList<string[]> Requests { get; init; }

    /// <summary>What the last reply must be, as text.</summary>
    public required string Expected { get; init; }

    /// <summary>The keys it changes, and what they hold afterwards.</summary>
    public required IReadOnlyList<(int Key, KeyState After)> Changes { get; init; }

    /// <summary>True when the reply was read.</summary>
    public bool Acknowledged { get; private set; }

    /// <summary>The reply was read now.</summary>
    public void Acknowledge() => Acknowledged = true;

    /// <inheritdoc/>
    public override string ToString() =>
        string.Join("; ", Requests.Select(r => string.Join(' ', r)))
            + (Acknowledged ? " → acknowledged" : " → pending");
}

/// <summary>
/// Everything one client did to its own keys in one run of the server,
/// and the check of what a restarted server holds:
///
/// 1. Position i of a key is the state after the i-th change of that key;
/// position 0 is the state at the start.
/// 2. A key may be at any position from the last certain change on that shows the observed state.
/// Certain is what was
///    acknowledged.
/// 3. An operation on several keys is there whole or not at all:
/// where one of its keys must be at or behind it, all must;
///    where one cannot, none may. Applied until nothing changes.
/// 4. A key without a possible position is a violation.
/// </summary>
internal sealed class KeyHistory
{
    private readonly List<(KeyState State, Operation? Cause)>[] _positions;
    private readonly List<Operation> _operations = [];

    public KeyHistory(IEnumerable<KeyState> start) =>
        _positions = [.. start.Select(s => new List<(KeyState, Operation?)> { (s, null) })];

    /// <summary>Operations in the order they were sent.</summary>
    public IReadOnlyList<Operation> Operations => _operations;

    /// <summary>What the key holds once everything sent is done.</summary>
    public KeyState Latest(int key) => _positions[key][^1].State;

    /// <summary>Takes note of an operation that is about to be sent.</summary>
    public void Add(Operation operation)
    {
        _operations.Add(operation);
        foreach ((int key, KeyState after) in operation.Changes) _positions[key].Add((after, operation));
    }

    /// <summary>Checks what the restarted server holds.</summary>
    /// <param name="observed">The state of each key.</param>
    /// <param name="certain">Operations that must be there.</param>
    /// <returns>What is wrong, or null.</returns>
    public string? Check(IReadOnlyList<KeyState> observed, Func<Operation, bool> certain)
    {
        var possible = new SortedSet<int>[_positions.Length];
        for (int key = 0; key < _positions.Length; key++)
        {
            List<(KeyState State, Operation? Cause)> positions = _positions[key];
            int first = positions.FindLastIndex(p => p.Cause == null || certain(p.Cause));
            possible[key] = [.. Enumerable.Range(first, positions.Count - first)
                .Where(i => positions[i].State == observed[key])];
            if (possible[key].Count == 0) return Describe(key, first, observed[key]);
        }

        return CheckGroups(possible);
    }

    private string? CheckGroups(SortedSet<int>[] possible)
    {
        Operation[] groups = [.. _operations.Where(o => o.Changes.Count > 1)];
        bool changed = true;
        while (changed)
        {
            changed = false;
            foreach (Operation group in groups)
            {
                (int Key, int At)[] places =
                    [.. group.Changes.Select(c =>
                        (c.Key, _positions[c.Key].FindLastIndex(p => p.Cause == group)))];
                bool mustBeThere = places.Any(p => possible[p.Key].Min >= p.At);
                bool cannotBeThere = places.Any(p => possible[p.Key].Max < p.At);
                foreach ((int key, int at) in places)
                {
                    int removed =
                        possible[key].RemoveWhere(i => mustBeThere && i < at || cannotBeThere && i >= at);
                    changed |= removed > 0;
                    if (possible[key].Count == 0) return $"torn: {group}\n{Describe(key, 0, null)}";
                }
            }
        }

        return null;
    }

    private string Describe(int key, int from, KeyState? observed)
    {
        var tail =
            _positions[key].Select((p, i) => $"  {i}{(i == from ? "*" : "")}: {p.State} after {p.Cause}");
        return $"key {key} holds {observed}; from * on it may hold:\n{string.Join('\n', tail.TakeLast(12))}";
    }
}
