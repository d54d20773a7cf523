using System.Security.Cryptography;
using System.Text;
using Hedge.Host.Declarations;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Host.Settings;

namespace Hedge.Host.Scripting;

/// <summary>The table <c>redis</c>: how a script reaches the server.</summary>
internal static class RedisLibrary
{
    private const int LogLevels = 4;
    private const int BytesPerInstruction = 16;
    private const int ReplicationAll = 3;

    /// <summary>Makes the table.</summary>
    public static void Open(LuaMachine machine)
    {
        LuaTable redis = LuaLibraries.NewLibrary(machine, "redis");
        LuaLibraries.Set(machine, redis, "call", static c => RunOf(c).Call(c, raises: true));
        LuaLibraries.Set(machine, redis, "pcall", static c => RunOf(c).Call(c, raises: false));
        LuaLibraries.Set(machine, redis, "error_reply", ErrorReply);
        LuaLibraries.Set(machine, redis, "status_reply", StatusReply);
        LuaLibraries.Set(machine, redis, "sha1hex", Sha1);
        LuaLibraries.Set(machine, redis, "setresp", SetProtocol);
        LuaLibraries.Set(machine, redis, "set_repl", SetReplication);
        LuaLibraries.Set(machine, redis, "replicate_commands", static c => c.Return(true));
        LuaLibraries.Set(machine, redis, "breakpoint", static c => c.Return(RunOf(c).Breakpoint()));
        LuaLibraries.Set(machine, redis, "debug", Debug);
        LuaLibraries.Set(machine, redis, "acl_check_cmd", static c => RunOf(c).Check(c));
        redis.Set("REPL_NONE", 0.0);
        redis.Set("REPL_AOF", 1.0);
        redis.Set("REPL_SLAVE", 2.0);
        redis.Set("REPL_REPLICA", 2.0);
        redis.Set("REPL_ALL", (double)ReplicationAll);
        AddConstants(machine, redis);
    }

    /// <summary>Adds what libraries see while they load as well.</summary>
    public static void AddConstants(LuaMachine machine, LuaTable redis)
    {
        LuaLibraries.Set(machine, redis, "log", Log);
        string[] levels = ["LOG_DEBUG", "LOG_VERBOSE", "LOG_NOTICE", "LOG_WARNING"];
        for (int i = 0; i < levels.Length; i++) redis.Set(levels[i], (double)i);
        redis.Set("REDIS_VERSION", LuaString.Name(RedisVersion.Text));
        redis.Set("REDIS_VERSION_NUM", (double)RedisVersion.Number);
    }

    /// <summary>An error as a table, as those of commands are.</summary>
    public static LuaTable ErrorTable(LuaMachine machine, LuaString text)
    {
        LuaTable table = machine.NewTable(0, 1);
        table.Set(ReplyFields.Err, text);
        return table;
    }

    /// <summary>Raises an error of the server's own.</summary>
    public static LuaAction Raise(LuaCall c, string text) =>
        c.Raise(ErrorTable(c.Machine, c.Text("ERR " + text)));

    private static IScriptHost RunOf(LuaCall c) => Machine(c).Host!;

    private static ScriptMachine Machine(LuaCall c) => (ScriptMachine)c.Machine.Context!;

    private static LuaAction Debug(LuaCall c)
    {
        if (!RunOf(c).IsDebugged) return LuaCall.Return();
        var values = new List<string>();
        for (int i = 1; i <= c.Count; i++) values.Add(DebuggerText.Of(c[i]));
        int line = Positions.FrameAt(c.Machine, 1, out _)?.Line ?? 0;
        RunOf(c).Debug(FormattableString.Invariant($"<debug> line {line}: {string.Join(", ", values)}"));
        return LuaCall.Return();
    }

    private static LuaAction ErrorReply(LuaCall c)
    {
        if (c.Count != 1 || c[1].AsString is not { } text) return WrongArguments(c);
        ReadOnlySpan<byte> shown = text.Span;
        if (shown.StartsWith("-"u8)) shown = shown[1..];
        // An error without a code gets the usual one.
        LuaString error = shown.Contains((byte)' ') ? c.Machine.NewString(shown)
            : c.Machine.NewString([.. "ERR "u8, .. shown]);
        return c.Return(ErrorTable(c.Machine, error));
    }

    private static LuaAction StatusReply(LuaCall c)
    {
        if (c.Count != 1 || c[1].AsString is not { } text) return WrongArguments(c);
        LuaTable table = c.Machine.NewTable(0, 1);
        table.Set(ReplyFields.Ok, text);
        return c.Return(table);
    }

    private static LuaAction WrongArguments(LuaCall c) =>
        c.Return(ErrorTable(c.Machine, c.Text("ERR wrong number or type of arguments")));

    private static LuaAction Sha1(LuaCall c)
    {
        if (c.Count != 1) return Raise(c, "wrong number of arguments");
        ReadOnlySpan<byte> text = c[1].Ref is LuaString || c[1].IsNumber ? c.String(1).Span : default;
        Span<byte> digits = stackalloc byte[ScriptDigest.TextBytes];
        ScriptDigest.Of(text).Write(digits);
        c.Spend(text.Length / SHA1.HashSizeInBytes);
        return c.Return(c.Machine.NewString(digits));
    }

    private static LuaAction Log(LuaCall c)
    {
        if (c.Count < 2) return Raise(c, "redis.log() requires two arguments or more.");
        if (!c[1].IsNumber) return Raise(c, "First argument must be a number (log level).");
        long level = LuaCall.ToInteger(c[1].Number);
        if (level is < 0 or >= LogLevels) return Raise(c, "Invalid debug level.");
        var text = new ByteBuffer(c.Machine.Memory);
        for (int i = 2; i <= c.Count; i++)
        {
            if (c[i].Ref is not LuaString && !c[i].IsNumber) continue;
            if (text.Length > 0) text.Add((byte)' ');
            text.Add(c.String(i).Span);
        }

        c.Spend(text.Length / BytesPerInstruction);
        // Its characters take two bytes each, while the line is written.
        c.Machine.Memory.Charge(sizeof(char) * (long)text.Length);
        Machine(c).Log?.Invoke((LogLevel)level, Encoding.Latin1.GetString(text.Span));
        return LuaCall.Return();
    }

    private static LuaAction SetProtocol(LuaCall c)
    {
        if (c.Count != 1) return Raise(c, "redis.setresp() requires one argument.");
        // Fractions are cut off, as in Redis.
        bool isNumber = Operations.ToNumber(c[1], out double number);
        if (!isNumber || !(number is >= 2 and < 4)) return Raise(c, "RESP version must be 2 or 3.");
        RunOf(c).Protocol = (int)number;
        return LuaCall.Return();
    }

    private static LuaAction SetReplication(LuaCall c)
    {
        if (c.Count != 1) return Raise(c, "redis.set_repl() requires two arguments.");
        // Fractions are cut off, and what is no number counts as REPL_NONE, as in Redis.
        bool isNumber = Operations.ToNumber(c[1], out double flags);
        if (isNumber && flags is <= -1 or >= ReplicationAll + 1)
        {
            return Raise(c,
                "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.");
        }

        return LuaCall.Return();
    }
}
