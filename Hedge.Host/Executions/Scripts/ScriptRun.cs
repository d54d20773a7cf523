using System.Text;
using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Host.Scripting;
using Hedge.Host.Settings;
using Hedge.Host.Slots;
using Hedge.Host.Subscribers;
using Hedge.Resp;

namespace Hedge.Host.Executions.Scripts;

/// <summary>
/// A script while it runs, alone or as a command of a transaction: all that it changes is one log record, and
/// happens at one moment. Belongs to the request of the EVAL, as its progress; reused by its core.
/// </summary>
/// <remarks>
/// 1. A command that misses records pauses the script in that call; it keeps its partitions meanwhile.
/// 2. It gives others their turn after so many instructions, wherever it is.
/// 3. It holds the partitions of its keys when a <see cref="KeyProof"/> says that it needs no others, else
///    all. One that needs more all the same begins again with that, if it has written nothing.
/// </remarks>
internal sealed class ScriptRun : IRunInPlace, IScriptHost, IRunningScript, IDebuggedRun,
    IDisposable
{
    // A few hundred microseconds.
    private const long InstructionsPerTurn = 20_000;

    private const string Broken = "ERR internal error in the machine for scripts; see the server's log";

    private const string Aborted = "ERR script aborted for user request";

    private const string Killed = "ERR Script killed by user with SCRIPT KILL...";

    private const string ReachesTooFar = "ERR Script attempted to access a key that it does not declare, "
        + "after it had written; from now on it holds all keys while it runs";

    private readonly ScriptRunner _owner;
    private readonly CommandRunner _runner;
    private readonly RunningLease _running;
    private readonly OpenRun _open;
    private readonly ScriptMachine _machine;
    private readonly ScriptCalls _calls;
    private readonly ReplyEncoder _encoder = new();
    private Request _outer = null!;
    private ScriptHold _hold;
    private long _startedMicroseconds;
    private int _clientProtocol;
    private bool _isNested;
    private bool _needsMore;
    private bool _isListed;
    private bool _isBroken;
    private volatile bool _hasWritten;
    private volatile bool _isKilled;
    private volatile bool _isBusy;

    public ScriptRun(ScriptRunner owner, CommandRunner runner, RunningLease running, OpenRun open,
        ScriptMachine machine, ScriptCalls calls)
    {
        (_owner, _runner, _running, _open, _machine) = (owner, runner, running, open, machine);
        _calls = calls;
        calls.Run = this;
    }

    /// <inheritdoc/>
    public ScriptProgram Program { get; private set; } = null!;

    /// <summary>Who its commands run for.</summary>
    public Session Session { get; } = Session.OfScript();

    /// <summary>The client that has sent it.</summary>
    public Connection? Client => _outer.Client;

    /// <inheritdoc/>
    public int Protocol
    {
        get => Session.Protocol;
        set => Session.Protocol = value;
    }

    /// <summary>Whose rights its commands have.</summary>
    public Session Caller { get; private set; } = null!;

    /// <summary>True when it may not write.</summary>
    public bool IsReadOnly { get; private set; }

    /// <summary>The longest reply of a command.</summary>
    public long ReplyBytesMax => _owner.Server.ReplyBytesMax;

    /// <inheritdoc/>
    public bool HasGoneOn { get; private set; }

    /// <inheritdoc/>
    public bool HasChanges => _hasWritten;

    /// <inheritdoc/>
    public bool IsBusy => _isBusy;

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> CommandLine { get; private set; } = [];

    /// <inheritdoc/>
    public long StartedMicroseconds => _startedMicroseconds;

    /// <summary>What the values on its machine take, in bytes.</summary>
    public long MachineBytes => _machine.Lua.Memory.Used;

    /// <summary>False for one that has grown too much to be used again, or whose limit is another
    /// now.</summary>
    public bool IsReusable => !_isBroken && _machine.IsReusable
        && _machine.Lua.Memory.BytesMax == _owner.Server.Settings.Current.ScriptMemoryBytes;

    /// <summary>Its session in the debugger; null for a script that just runs.</summary>
    public DebugSession? Debugging { get; private set; }

    /// <inheritdoc/>
    public bool IsDebugged => Debugging is not null;

    /// <summary>Begins, with all partitions held.</summary>
    /// <param name="context">The context of EVAL.</param>
    /// <param name="program">The script or function.</param>
    /// <param name="keyCount">How many of the arguments are keys.</param>
    /// <param name="isReadOnly">Whether it may only read.</param>
    public void Begin(CommandContext context, ScriptProgram program, int keyCount, bool isReadOnly)
    {
        Program = program;
        _outer = context.Request;
        IsReadOnly = isReadOnly || (program.Flags & ScriptFlags.NoWrites) != 0;
        Session caller = context.Session;
        Session.User = caller.User;
        Caller = caller;
        Session.Database = caller.Database;
        Session.NoTouch = caller.NoTouch;
        Session.Protocol = 2;
        _clientProtocol = caller.Protocol;
        _isNested = context.InTransaction;
        _hold = new ScriptHold(_running, context.Request.Partition);
        if (!_isNested) _open.Begin(context);
        _machine.Seed((long)context.Seed.Next());
        context.Progress = this;
        if (caller.ScriptDebugging != ScriptDebugging.Off && !_isNested) BeginDebugging(caller);
        _machine.Start(program, this, TableOf(context, 3, 3 + keyCount),
            TableOf(context, 3 + keyCount, context.ArgumentCount));
    }

    /// <summary>Runs until the end, with a reply, or a pause.</summary>
    public void GoOn(CommandContext context)
    {
        HasGoneOn = false;
        _outer = context.Request;
        NestedScope outer = _runner.BeginNested();
        if (!_isNested) _open.Enter(context);
        context.InScript = true;
        LuaStatus status = LuaStatus.BudgetUsed;
        try
        {
            status = RunSlice();
        }
        finally
        {
            context.InScript = false;
            if (!_isNested) _open.Leave(context);
            bool pauses = status is LuaStatus.BudgetUsed or LuaStatus.Suspended;
            _runner.EndNested(outer, pauses && !_needsMore);
        }

        if (_needsMore)
        {
            _owner.End(this);
            context.Progress = null;
            context.PausesFor = PauseKind.Partitions;
        }
        else if (status == LuaStatus.Stopped)
        {
            _open.Pause();
            context.PausesFor = PauseKind.Debugger;
        }
        else if (status is LuaStatus.BudgetUsed or LuaStatus.Suspended)
        {
            if (!_isNested) _open.Pause();
            if (context.TakesTurns) NoteLength(context);
        }
        else
        {
            if (Debugging is { Undo: not null }) _open.Clear();
            if (!_isNested) _open.End(context);
            if (Debugging is not null) EndDebugging(context);
            Reply(context, status);
            _owner.End(this);
        }
    }

    /// <summary>True when a command may run with what the script holds. Otherwise the script begins again
    /// with more, or, when it has written, the command fails with a problem.</summary>
    public bool Reaches(Request request, PartitionTable partitions, PubSubHub pubSub, out string problem)
    {
        problem = "";
        if (_hold.Suffices(Program, request, partitions, pubSub, _hasWritten || _isNested)) return true;
        if (_hasWritten || _isNested) problem = ReachesTooFar;
        else _needsMore = true;
        return false;
    }

    /// <summary>A command has come to its end.</summary>
    public void CommandEnded(Command command)
    {
        HasGoneOn = true;
        if ((command.Spec.Flags & CommandFlags.Write) != 0) _hasWritten = true;
    }

    /// <summary>True when it is going to end at its next turn.</summary>
    public bool IsDying => _isKilled && !_hasWritten;

    /// <summary>A command was refused.</summary>
    public void Refuse(Command? command, string problem) => _owner.Refuse(command, problem);

    /// <inheritdoc/>
    public bool TryKill()
    {
        if (_hasWritten) return false;
        _isKilled = true;
        return true;
    }

    /// <inheritdoc/>
    public bool Holds(in PartitionSet needed) => _hold.Meets(needed);

    /// <inheritdoc/>
    public LuaAction Call(LuaCall c, bool raises) => _calls.Call(c, raises);

    /// <inheritdoc/>
    public LuaAction Check(LuaCall c) => _calls.Check(c);

    /// <inheritdoc/>
    public void WriteLines(RespWriter writer) => Debugging!.Debugger.WriteLines(writer);

    /// <inheritdoc/>
    public void Take(IReadOnlyList<byte[]> words) => Debugging!.Take(words);

    /// <inheritdoc/>
    public bool Breakpoint()
    {
        Debugging?.Debugger.Ask();
        return Debugging is not null;
    }

    /// <inheritdoc/>
    public void Debug(string line) => Debugging?.Debugger.Log(line);

    /// <inheritdoc/>
    public void ReadFailed(int errno) => _calls.ReadFailed(errno);

    /// <inheritdoc/>
    public void Abandon() => _owner.End(this);

    /// <inheritdoc/>
    public void Count(MemoryCount count)
    {
        _calls.Count(count);
        _encoder.Count(count);
    }

    /// <summary>Forgets everything: the run has ended.</summary>
    public void Clear()
    {
        if (_isListed) _owner.Server.RunningScripts.Remove(this);
        _machine.End();
        _calls.Clear();
        _encoder.Clear();
        _open.Clear();
        Debugging?.Undo?.Dispose();
        Debugging = null;
        _machine.Lua.LineHook = null;
        _hasWritten = _isKilled = _isBusy = _needsMore = _isListed = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        _open.Dispose();
        _calls.Dispose();
        _encoder.Dispose();
    }

    private void BeginDebugging(Session caller)
    {
        bool undoes = caller.ScriptDebugging == ScriptDebugging.Undone;
        var debugger = new ScriptDebugger(Program.Text.Span, undoes);
        KeyUndo? undo = undoes
            ? new KeyUndo(_owner.Server.Commands, _runner, () => Session, _calls.FindKey) : null;
        Debugging = new DebugSession(debugger, _machine.Lua, this, _owner.Server.MakeScriptMachine, undo);
        _machine.Lua.LineHook = (_, line) => debugger.StopsBefore(line);
    }

    // As in Redis, the connection closes behind the script's reply.
    private void EndDebugging(CommandContext context)
    {
        Debugging!.Debugger.Log("<endsession>");
        WriteLines(context.Reply);
        context.Session.ScriptDebugging = ScriptDebugging.Off;
        context.Session.CloseAfterReply = true;
    }

    private LuaStatus RunSlice()
    {
        if (IsDying)
        {
            _machine.Lua.NoteErrorPlace();
            _machine.Lua.Stop();
            return LuaStatus.Failed;
        }

        long budget = InstructionsPerTurn;
        if (!_encoder.IsUnderWay)
        {
            LuaStatus status = RunMachine(budget);
            if (status != LuaStatus.Finished) return status;
            if (Result.AsTable is null) return status;
            budget = Math.Max(_machine.Lua.Budget, 1);
            _encoder.Begin(Result, _clientProtocol, Protocol == 3, ReplyBytesMax);
        }

        return _encoder.Continue(ref budget) ? LuaStatus.Finished : LuaStatus.BudgetUsed;
    }

    // Commands answer for their own faults. One of the machine is an error of the script: what that has
    // changed is whole commands.
    private LuaStatus RunMachine(long budget)
    {
        try
        {
            return Debugging?.Run(budget) ?? _machine.Lua.Run(budget);
        }
        catch (SystemException fault)
        {
            _isBroken = true;
            _owner.Server.Log(LogLevel.Warning, $"The script {Program.Name} has failed: {fault}");
            return LuaStatus.Failed;
        }
    }

    private LuaValue Result => _machine.Lua.Results is [var first, ..] ? first : default;

    private void Reply(CommandContext context, LuaStatus status)
    {
        // An error of a command was counted there, raised or returned.
        LuaValue error = status == LuaStatus.Failed ? _machine.Lua.Error : Result;
        context.HasCountedError = error.AsTable?.Get(ScriptCalls.IgnoresStatistics).IsFalsy == false;
        if (status == LuaStatus.Failed) ReplyError(context);
        else if (!ReplyEncoder.TryWriteSimple(context.Reply, Result, Protocol == 3))
            context.Reply.Raw(_encoder.Reply);
    }

    private void ReplyError(CommandContext context)
    {
        LuaMachine lua = _machine.Lua;
        string text = _isBroken ? Broken
            : Debugging is { IsAborted: true } ? Aborted
            : IsDying ? Killed : ScriptErrors.TextOf(lua.Error);
        string place = lua.ErrorSource is { } source
            ? FormattableString.Invariant($", on {source}:{lua.ErrorLine}.") : "";
        context.Reply.Error(Encoding.Latin1.GetBytes($"{text} script: {Program.Name}{place}"));
    }

    private LuaTable? TableOf(CommandContext context, int first, int end)
    {
        if (first == end) return null;
        LuaMachine lua = _machine.Lua;
        LuaTable table = lua.NewTable(end - first);
        for (int i = first; i < end; i++) table.Set(i - first + 1, lua.NewString(context.Argument(i)));
        return table;
    }

    // It takes longer than a turn.
    private void NoteLength(CommandContext context)
    {
        RunningScripts all = _owner.Server.RunningScripts;
        long now = context.Clock.MonotonicMicroseconds;
        if (!_isListed)
        {
            _startedMicroseconds = now;
            var line = new byte[context.ArgumentCount][];
            for (int i = 0; i < line.Length; i++) line[i] = context.Argument(i).ToArray();
            CommandLine = line;
            all.Add(this);
            _isListed = true;
        }

        long most = context.Server.Settings.Current.BusyReplyThresholdMilliseconds;
        long took = now - _startedMicroseconds;
        if (_isBusy || most == 0 || took < most * 1000) return;
        _isBusy = true;
        all.BecomesBusy();
    }
}
