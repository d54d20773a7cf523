using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Scripting;
using Hedge.Host.Slots;
using Hedge.Host.Subscribers;

namespace Hedge.Host.Executions.Scripts;

/// <summary>What a script holds while it runs: partitions, or all cores.</summary>
internal readonly struct ScriptHold
{
    private readonly PartitionSet _partitions;
    private readonly bool _holdsCores;

    /// <summary>Of one that begins.</summary>
    /// <param name="running">What the run holds that it begins in.</param>
    /// <param name="partition">The only partition of its keys, when it runs at that one's owner; else
    /// below 0.</param>
    public ScriptHold(RunningLease running, int partition)
    {
        if (partition >= 0) _partitions.Add(partition);
        else (_partitions, _holdsCores) = (running.Partitions, running.WholeCores);
    }

    /// <summary>True when it holds some of what another run needs.</summary>
    public bool Meets(in PartitionSet needed)
    {
        if (_holdsCores) return true;
        for (int p = needed.Next(0); p >= 0; p = needed.Next(p + 1))
            if (_partitions.Contains(p)) return true;
        return false;
    }

    /// <summary>True when a command of the script may run with it. If not, the program is known to need
    /// more.</summary>
    /// <param name="program">The script's.</param>
    /// <param name="request">The command.</param>
    /// <param name="partitions">The partitions of keys.</param>
    /// <param name="pubSub">This core's subscribers.</param>
    /// <param name="cannotBeginAgain">The script goes on with what it holds.</param>
    public bool Suffices(ScriptProgram program, Request request, PartitionTable partitions, PubSubHub pubSub,
        bool cannotBeginAgain)
    {
        Command command = request.Command!;
        switch (command.Spec.Scope)
        {
            case CommandScope.AllCores:
                program.Reaches(ScriptReach.AllCores);
                return _holdsCores;
            case CommandScope.AllPartitions or CommandScope.Cursor:
                program.Reaches(ScriptReach.AllPartitions);
                return _partitions.ContainsAll(partitions.Count);
        }

        if (command.Has(CommandTraits.Publishes))
        {
            program.MayPublish();
            // When it is too late to stop the other cores their subscribers get the message all the same, and
            // are not counted.
            if (!_holdsCores && !cannotBeginAgain
                && pubSub.OthersListen(request.Argument(1), command.Has(CommandTraits.PublishesSharded)))
                return false;
        }

        if (request.Partition >= 0 && _partitions.Contains(request.Partition)) return true;
        foreach (int key in request.Keys)
        {
            if (_partitions.Contains(partitions.Of(request.Argument(key)))) continue;
            program.Reaches(ScriptReach.AllPartitions);
            return false;
        }

        return true;
    }
}
