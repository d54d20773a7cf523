using Hedge.Host.Clients;

namespace Hedge.Host.Scripting;

/// <summary>
/// The scripts of all cores that take longer than a turn: SCRIPT KILL finds them here, and so does who needs
/// what a busy one holds. Any core.
/// </summary>
internal sealed class RunningScripts
{
    private readonly Lock _changing = new();
    private readonly List<ScriptRun> _runs = [];
    private volatile int _busy;

    /// <summary>True when a script runs longer than it should.</summary>
    public bool AnyBusy => _busy > 0;

    /// <summary>A script has not come to its end in a turn.</summary>
    public void Add(ScriptRun run)
    {
        lock (_changing) _runs.Add(run);
    }

    /// <summary>It has ended.</summary>
    public void Remove(ScriptRun run)
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

    /// <summary>True when a busy script holds one of these partitions, or all cores.</summary>
    public bool Hold(in PartitionSet needed)
    {
        lock (_changing)
        {
            foreach (ScriptRun run in _runs)
                if (run.IsBusy && run.Holds(needed)) return true;
            return false;
        }
    }

    /// <summary>Ends the scripts that have written nothing. Returns how many those are, and how many there
    /// were.</summary>
    public (int Killed, int Found) Kill()
    {
        lock (_changing)
        {
            int killed = 0;
            foreach (ScriptRun run in _runs)
                if (run.TryKill()) killed++;
            return (killed, _runs.Count);
        }
    }

    private void Count() => _busy = _runs.Count(static run => run.IsBusy);
}
