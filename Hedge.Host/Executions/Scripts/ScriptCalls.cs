using Hedge.Host.Access;
using Hedge.Host.Clients;
using Hedge.Host.Declarations;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Host.Scripting;
using Hedge.Host.Slots;
using Hedge.Host.Subscribers;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions.Scripts;

/// <summary>
/// <c>redis.call</c> and <c>redis.pcall</c>: makes a request of a script's arguments, runs it inside the
/// script's run, and gives the reply back as a value. A command that pauses pauses the script, where it is.
/// One per script's run.
/// </summary>
internal sealed class ScriptCalls(CommandTable commands, CommandRunner runner, PartitionTable partitions,
    Refusals refusals, PubSubHub pubSub) : IMemoryHolder, IDisposable
{
    private const int InstructionsPerCall = 100;
    private const int BytesPerInstruction = 64;

    // The steps of a call.
    private const int Running = 1;
    private const int Reading = 2;
    private const int Saving = 3;

    /// <summary>The field of an error that has been counted.</summary>
    public static readonly LuaString IgnoresStatistics = LuaString.Name("ignore_error_stats_update");

    private readonly Request _request = new();
    private readonly OutputBuffer _output = new();
    private readonly ReplyReader _reader = new();
    private int _failedErrno;

    /// <summary>The script's run.</summary>
    public ScriptRun Run { get; set; } = null!;

    /// <summary>The records that the present command misses could not be read.</summary>
    public void ReadFailed(int errno) => _failedErrno = errno;

    /// <summary>Calls a command. An error is raised, or given back.</summary>
    public LuaAction Call(LuaCall c, bool raises)
    {
        if (c.Step == 0)
        {
            if (c.Count == 0)
                return Fail(c, raises, "ERR Please specify at least one argument for this redis lib call");
            if (!Take(c))
                return Fail(c, raises, "ERR Lua redis lib command arguments must be strings or integers");
            if (Run.Debugging is { Debugger.ShowsCalls: true } shown) shown.Debugger.LogCall(c);
            if (Refusal() is { } problem) return FailCommand(c, raises, problem);
            if (Run.IsDying) return c.Suspend(Running);
            if (!Run.Reaches(_request, partitions, pubSub, out problem))
                return problem.Length > 0 ? FailCommand(c, raises, problem) : c.Suspend(Running);
        }

        if (c.Step != Reading)
        {
            if (c.Step != Running && Run.Debugging?.Undo is { } undo && WritesKeys && !undo.Save(_request))
                return c.Suspend(Saving);
            if (!RunCommand(c)) return c.Suspend(Running);
            if (Run.Debugging is { Debugger.ShowsCalls: true } session)
                session.Debugger.LogReply(_output.Unread);
            _reader.Begin(c.Machine);
            long work = InstructionsPerCall + (_output.Length / BytesPerInstruction);
            if (c.Spend(work)) return c.Again(Reading);
        }

        if (!_reader.Continue(c, _output.Unread, out LuaValue reply)) return c.Again(Reading);
        bool isError = _output.Unread[0] == '-';
        _output.Clear();
        if (!isError) return c.Return(reply);
        reply.AsTable!.Set(IgnoresStatistics, true);
        return raises ? c.Raise(reply) : c.Return(reply);
    }

    /// <summary><c>redis.acl_check_cmd</c>: whether the user may run a command.</summary>
    public LuaAction Check(LuaCall c)
    {
        if (c.Count == 0)
            return RedisLibrary.Raise(c, "Please specify at least one argument for this redis lib call");
        if (!Take(c))
            return RedisLibrary.Raise(c, "Lua redis lib command arguments must be strings or integers");
        if (_request.Command == null)
            return RedisLibrary.Raise(c, "Invalid command passed to redis.acl_check_cmd()");
        return c.Return(!Run.Caller.IsLimited
            || Run.Caller.User!.Rights.Check(_request.Command, _request.All).Kind == DenialKind.None);
    }

    /// <inheritdoc/>
    public void Count(MemoryCount count)
    {
        _reader.Count(count);
        count.Add(_output.Capacity);
    }

    /// <summary>Forgets the present command.</summary>
    public void Clear()
    {
        (_request.Progress as IDisposable)?.Dispose();
        _request.Clear();
        _output.Clear();
        _failedErrno = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Clear();
        _request.Release();
        _output.Dispose();
    }

    private bool WritesKeys => (_request.Command!.Spec.Flags & CommandFlags.Write) != 0;

    private bool RunCommand(LuaCall c)
    {
        _output.Clear();
        runner.StartNested();
        if (_failedErrno != 0)
        {
            runner.FailNested(_request, Run.Session, _output, _failedErrno);
            _failedErrno = 0;
        }
        else
        {
            long most = Math.Min(Run.ReplyBytesMax, c.Machine.Memory.BytesMax);
            if (!runner.RunNested(_request, Run.Session, _output, most)) return false;
        }

        _request.Progress = null;
        Run.CommandEnded(_request.Command!);
        return true;
    }

    // Makes the request; false for an argument that is no text.
    private bool Take(LuaCall c)
    {
        long bytes = 0;
        for (int i = 1; i <= c.Count; i++)
        {
            if (c[i].Ref is LuaString text) bytes += text.Length;
            else if (c[i].IsNumber) bytes += LuaNumber.TextMax;
            else return false;
        }

        // One long string may be many arguments.
        if (bytes > c.Machine.Memory.BytesMax) throw new LuaMemoryException();
        _request.Clear();
        _request.BeginOwn(c.Count, bytes);
        Span<byte> digits = stackalloc byte[LuaNumber.TextMax];
        for (int i = 1; i <= c.Count; i++)
        {
            if (c[i].Ref is LuaString text) _request.AddOwn(text.Span);
            else _request.AddOwn(digits[..FormatNumber(c[i].Number, digits)]);
        }

        c.Spend(bytes / BytesPerInstruction);
        _request.Client = Run.Client;
        Command? command = commands.Find(_request.Argument(0));
        if (command is { Subcommands.Count: > 0 } && c.Count > 1)
            command = command.FindSubcommand(_request.Argument(1));
        _request.Command = command;
        FindKey(_request);
        return true;
    }

    /// <summary>Finds the partition of a request's only key.</summary>
    public bool FindKey(Request request)
    {
        int key = request.Command?.OnlyKeyIndex(request.Count) ?? 0;
        request.KeyIndex = key;
        request.Partition = key == 0 ? -1 : partitions.Of(request.Argument(key));
        return key != 0;
    }

    private static int FormatNumber(double number, Span<byte> into)
    {
        const double exact = 1L << 53;
        bool isWhole = Math.Floor(number) == number && Math.Abs(number) < exact;
        if (isWhole && (number != 0 || double.IsPositive(number)))
        {
            System.Buffers.Text.Utf8Formatter.TryFormat((long)number, into, out int written);
            return written;
        }

        return LuaNumber.FormatGeneral(number, 17, keepZeros: false, into);
    }

    private string? Refusal()
    {
        if (_request.Command is not { } command) return "ERR Unknown Redis command called from script";
        if (!command.Accepts(_request.Count))
            return "ERR Wrong number of args calling Redis command from script";
        CommandFlags flags = command.Spec.Flags;
        if ((flags & CommandFlags.NoScript) != 0) return "ERR This Redis command is not allowed from script";
        if (refusals.Access.FindInScript(Run.Caller, _request) is { } denied) return denied;
        // PUBLISH and PFCOUNT are writes for Redis here.
        bool writes = (flags & CommandFlags.Write) != 0
            || command.Has(CommandTraits.Publishes | CommandTraits.KeepsResults);
        if (writes && Run.IsReadOnly)
            return "ERR Write commands are not allowed from read-only scripts.";
        if (Run.Debugging?.Undo is not null && (flags & CommandFlags.Write) != 0
            && KeyUndo.Refusal(command) is { } cannot) return cannot;
        return refusals.FindInScript(_request, (Run.Program.Flags & ScriptFlags.AllowOom) != 0);
    }

    private static LuaAction Fail(LuaCall c, bool raises, string problem)
    {
        LuaTable error = RedisLibrary.ErrorTable(c.Machine, c.Text(problem));
        return raises ? c.Raise(error) : c.Return(error);
    }

    private LuaAction FailCommand(LuaCall c, bool raises, string problem)
    {
        Run.Refuse(_request.Command, problem);
        LuaTable error = RedisLibrary.ErrorTable(c.Machine, c.Text(problem));
        error.Set(IgnoresStatistics, true);
        return raises ? c.Raise(error) : c.Return(error);
    }
}
