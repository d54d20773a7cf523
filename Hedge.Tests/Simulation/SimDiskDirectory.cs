namespace Hedge.Tests.Simulation;

/// <summary>A file or a directory of a simulated disk.</summary>
internal abstract class SimDiskNode
{
    /// <summary>A deep copy that keeps who is who: one node under two names is one node again.</summary>
    public abstract SimDiskNode Clone(Dictionary<SimDiskNode, SimDiskNode> done);
}

/// <summary>
/// A directory: the names programs see, the names on the medium, and the unsynced changes between the two.
/// </summary>
internal sealed class SimDiskDirectory : SimDiskNode
{
    private readonly List<Change> _unsynced = [];
    private Dictionary<string, SimDiskNode> _current = [];
    private Dictionary<string, SimDiskNode> _durable = [];

    public IEnumerable<string> Names => _current.Keys;

    public bool HasUnsynced => _unsynced.Count > 0;

    public SimDiskNode? Find(string name) => _current.GetValueOrDefault(name);

    public void Add(string name, SimDiskNode node) => Do(new Change(null, name, node));

    public void Remove(string name) => Do(new Change(name, null, _current[name]));

    /// <summary>
    /// A rename within this directory is one change: after a crash the file has its old or its new name.
    /// </summary>
    public void Rename(string from, string to) => Do(new Change(from, to, _current[from]));

    public void Sync()
    {
        _durable = new(_current);
        _unsynced.Clear();
    }

    /// <summary>
    /// Power loss. Half of the time a prefix of the changes survives (journalling file systems), half of the
    /// time any of them (all that POSIX promises).
    /// </summary>
    public void Crash(SimSeed seed, double survival)
    {
        if (_unsynced.Count > 0)
        {
            int prefix = seed.Chance(0.5) ? seed.Below(_unsynced.Count + 1) : -1;
            for (int i = 0; i < _unsynced.Count; i++)
                if (prefix < 0 ? seed.Chance(survival) : i < prefix) Apply(_durable, _unsynced[i]);
        }

        _unsynced.Clear();
        _current = new(_durable);
        foreach ((_, SimDiskNode node) in _current.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            if (node is SimDiskInode file) file.Crash(seed, survival);
            else ((SimDiskDirectory)node).Crash(seed, survival);
        }
    }

    public override SimDiskNode Clone(Dictionary<SimDiskNode, SimDiskNode> done)
    {
        if (done.TryGetValue(this, out SimDiskNode? known)) return known;
        SimDiskDirectory clone = new();
        done.Add(this, clone);
        clone._current = _current.ToDictionary(pair => pair.Key, pair => pair.Value.Clone(done));
        clone._durable = _durable.ToDictionary(pair => pair.Key, pair => pair.Value.Clone(done));
        foreach (Change change in _unsynced)
            clone._unsynced.Add(change with { Node = change.Node.Clone(done) });
        return clone;
    }

    private void Do(Change change)
    {
        Apply(_current, change);
        _unsynced.Add(change);
    }

    private static void Apply(Dictionary<string, SimDiskNode> names, Change change)
    {
        if (change.From is not null && names.GetValueOrDefault(change.From) == change.Node)
            names.Remove(change.From);
        if (change.To is not null) names[change.To] = change.Node;
    }

    private sealed record Change(string? From, string? To, SimDiskNode Node);
}
