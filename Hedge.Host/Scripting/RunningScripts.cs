using Hedge.Host.Clients;

namespace Hedge.Host.Scripting;

/// <summary>
/// The scripts of all cores that take longer than a turn: SCRIPT KILL finds them here, and so does who needs
/// what a busy one holds. Any core.
/// </summary>
internal sealed class RunningScripts
{
    private readonly Lock _changing = new();
    private readonly List<IRunningScript> _runs = [];
    private volatile int _busy;

    /// <summary>True when a script runs longer than it should.</summary>
    public bool AnyBusy => _busy > 0;

    /// <summary>A script has not come to its end in a turn.</summary>
    public void Add(IRunningScript run)
    {
        lock (_changing) _runs.Add(run);
    }

    /// <summary>It has ended.</summary>
    public void Remove(IRunningScript run)
    {
        lock (_changing)
        {
            _runs.Remove(run);
            Count();
        }
    }

    /// <summary>It runs longer than it should.</summary>
    public void BecomesBusy()
    {
        lock (_changing) Count();
    }

    /// <summary>A busy one that holds one of these partitions, or all cores; null for none.</summary>
    public IRunningScript? HolderOf(in PartitionSet needed)
    {
        lock (_changing)
        {
            foreach (IRunningScript run in _runs)
                if (run.IsBusy && run.Holds(needed)) return run;
            return null;
        }
    }

    /// <summary>A busy one; null for none.</summary>
    public IRunningScript? FindBusy()
    {
        if (!AnyBusy) return null;
        lock (_changing) return _runs.Find(static run => run.IsBusy);
    }

    /// <summary>The function that runs longest; null for none.</summary>
    public IRunningScript? FindFunction()
    {
        lock (_changing) return _runs.Find(static run => run.Program.IsFunction);
    }

    /// <summary>Ends the scripts, or the functions, that have written nothing. Returns how many those are,
    /// how many there were, and one of the other kind.</summary>
    public (int Killed, int Found, ScriptProgram? Other) Kill(bool functions)
    {
        lock (_changing)
        {
            int killed = 0;
            int found = 0;
            ScriptProgram? other = null;
            foreach (IRunningScript run in _runs)
            {
                if (run.Program.IsFunction != functions)
                {
                    other = run.Program;
                    continue;
                }

                found++;
                if (run.TryKill()) killed++;
            }

            return (killed, found, other);
        }
    }

    private void Count() => _busy = _runs.Count(static run => run.IsBusy);
}
