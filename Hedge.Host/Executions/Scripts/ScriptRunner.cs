using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Keyspaces;
using Hedge.Host.Scripting;
using Hedge.Host.Servers;
using Hedge.Host.Slots;
using Hedge.Host.Statistics;
using Hedge.Host.Subscribers;
using Hedge.Storage.Cores;

namespace Hedge.Host.Executions.Scripts;

/// <summary>Runs scripts for a core's clients, each with a machine of its own while it runs.</summary>
internal sealed class ScriptRunner(Server server, CoreStatistics statistics, PartitionTable partitions,
    Refusals refusals, PubSubHub pubSub, MonitorFeed monitors, RunningLease running,
    KeyspaceTable keyspaces, Func<OpenRun> makeOpenRun)
    : IScripts, IDisposable
{
    private const int IdleMax = 4;

    /// <summary>Keys that are read before a script begins.</summary>
    private const int AheadMax = 1024;

    private readonly Stack<ScriptRun> _idle = new();
    private readonly HashSet<ScriptRun> _active = [];
    private ScriptMachine? _loader;

    /// <summary>The server.</summary>
    public Server Server => server;

    /// <summary>What the values on its machines take, in bytes.</summary>
    public long MachineBytes =>
        _idle.Sum(static run => run.MachineBytes) + _active.Sum(static run => run.MachineBytes);

    /// <inheritdoc/>
    public ScriptMachine Loader =>
        _loader is { IsReusable: true } ? _loader : _loader = server.MakeScriptMachine();

    /// <summary>Who runs the single commands. Set once.</summary>
    public CommandRunner Commands { get; set; } = null!;

    /// <inheritdoc/>
    public void Run(CommandContext context, bool isReadOnly)
    {
        if (context.Progress is ScriptRun run)
        {
            run.GoOn(context);
            return;
        }

        // FCALL looks for its function first, EVAL at its keys, EVALSHA at how long its digest is.
        bool isFunction = context.Request.Command!.Has(CommandTraits.NamesFunction);
        bool looksFirst = isFunction || (context.Request.Command.Has(CommandTraits.NamesScript)
            && context.Argument(1).Length != ScriptDigest.TextBytes);
        ScriptProgram? program = looksFirst ? Find(context) : null;
        if (looksFirst && program is null) return;
        if (!TryCountKeys(context, isFunction, out int keys)) return;
        program ??= Find(context);
        if (program is null) return;
        if (Refusal(program, isReadOnly) is { } problem)
        {
            context.Reply.Error(problem);
            return;
        }

        if (!context.InTransaction && NeedsMore(context.Request, program))
        {
            // Who came with a script that was known has been told before.
            RunningScripts others = server.RunningScripts;
            if (others.AnyBusy && others.HolderOf(PartitionSet.All(partitions.Count)) is { } busy)
                context.Reply.Error(ScriptErrors.Busy(busy.Program));
            else context.PausesFor = PauseKind.Partitions;
            return;
        }

        if (!context.InTransaction && MissesKeys(context, keys)) return;
        // One of another core's client was shown there.
        if (monitors.AnyWatches && context.Request.Client != null)
            monitors.ShowScript(context.Session, context.Request);
        run = _idle.Count > 0 ? _idle.Pop() : MakeRun();
        _active.Add(run);
        run.Begin(context, program, keys, isReadOnly);
        run.GoOn(context);
    }

    /// <summary>A script has ended.</summary>
    public void End(ScriptRun run)
    {
        if (!_active.Remove(run)) return;
        run.Clear();
        if (_idle.Count < IdleMax && run.IsReusable) _idle.Push(run);
        else run.Dispose();
    }

    /// <summary>A command of a script was refused.</summary>
    public void Refuse(Command? command, string problem)
    {
        if (command is not null) statistics.Of(command).Rejected++;
        statistics.CountError(Encoding.Latin1.GetBytes(problem));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ScriptRun run in _active) run.Dispose();
        foreach (ScriptRun run in _idle) run.Dispose();
    }

    private ScriptRun MakeRun()
    {
        var calls = new ScriptCalls(server.Commands, Commands, partitions, refusals, pubSub);
        return new ScriptRun(this, Commands, running, makeOpenRun(), server.MakeScriptMachine(), calls);
    }

    private static bool TryCountKeys(CommandContext context, bool isFunction, out int keys)
    {
        keys = 0;
        string error = isFunction ? "ERR Bad number of keys provided" : ErrorText.NotInteger;
        if (!context.TryInteger(2, out long count, error)) return false;
        if (count > context.ArgumentCount - 3)
        {
            context.Reply.Error("ERR Number of keys can't be greater than number of args");
            return false;
        }

        if (count < 0)
        {
            context.Reply.Error("ERR Number of keys can't be negative");
            return false;
        }

        keys = (int)count;
        return true;
    }

    private ScriptProgram? Find(CommandContext context)
    {
        if (ScriptLookup.Find(server, context.Request) is { } known) return known;
        if (context.Request.Command!.Has(CommandTraits.NamesFunction))
        {
            context.Reply.Error("ERR Function not found");
            return null;
        }

        if (context.Request.Command.Has(CommandTraits.NamesScript))
        {
            context.Reply.Error("NOSCRIPT No matching script. Please use EVAL.");
            return null;
        }

        ReadOnlySpan<byte> text = context.Argument(1);
        Script? script = Script.Compile(text, ScriptDigest.Of(text), server.Commands, out string error);
        if (script is null) context.Reply.Error(Encoding.Latin1.GetBytes(error));
        else server.Scripts.AddEvaluated(script);
        return script;
    }

    // One that was not known when its partitions were chosen, or a subscriber has come since.
    private bool NeedsMore(Request request, ScriptProgram program)
    {
        bool isOfOne = request.Partition >= 0;
        if (running.WholeCores && !isOfOne) return false;
        bool needsCores = program.Reach == ScriptReach.AllCores;
        if (needsCores || (program.Publishes && pubSub.AnyOtherListens)) return true;
        return program.Reach != ScriptReach.DeclaredKeys
            && (isOfOne || !running.Partitions.ContainsAll(partitions.Count));
    }

    // Before it begins, and holds others up, its keys are read, all at the same time.
    private bool MissesKeys(CommandContext context, int count)
    {
        CoreStorage storage = context.Storage!;
        StoredKeyspace keyspace = keyspaces.Of(context.Session.Database).Unbound();
        for (int i = 0; i < Math.Min(count, AheadMax) && !storage.HasEnoughMisses; i++)
            keyspace.Warm(context.Argument(3 + i));
        // Keys that had expired are removed by now, which is no part of the script.
        if (count > 0) storage.EndCommand();
        return storage.HasMisses;
    }

    // Of one that says what it is; for others each command is looked at.
    private string? Refusal(ScriptProgram script, bool isReadOnly)
    {
        if ((script.Flags & (ScriptFlags.Plain | ScriptFlags.NoWrites)) != 0) return null;
        if (isReadOnly) return "ERR Can not execute a script with write flag using *_ro command.";
        return refusals.FindForScript((script.Flags & ScriptFlags.AllowOom) != 0);
    }
}
