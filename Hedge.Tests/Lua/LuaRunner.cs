using System.Text;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Tests.Lua;

/// <summary>How a program is cut into slices.</summary>
internal enum Slices
{
    /// <summary>In big ones.</summary>
    Big,

    /// <summary>A budget of 1, asked at jumps back, calls and in libraries.</summary>
    Small,

    /// <summary>One instruction each.</summary>
    Single,
}

/// <summary>
/// Runs Lua programs and keeps what they print. <c>ready()</c> suspends once and returns its arguments.
/// </summary>
internal sealed class LuaRunner
{
    private readonly List<byte> _output = [];

    public LuaRunner(long memoryMax = 64 << 20)
    {
        Machine = new LuaMachine(memoryMax);
        LuaLibraries.Open(Machine, new FixedSurroundings());
        LuaLibraries.Set(Machine, Machine.Globals, "print", Print);
        LuaLibraries.Set(Machine, Machine.Globals, "ready", Ready);
    }

    public LuaMachine Machine { get; }

    /// <summary>How often a run paused because its budget was spent.</summary>
    public int Pauses { get; private set; }

    /// <summary>How often a function of the host suspended.</summary>
    public int Suspensions { get; private set; }

    /// <summary>What was printed since the last call, a character per byte.</summary>
    public string TakeOutput()
    {
        string text = Encoding.Latin1.GetString([.. _output]);
        _output.Clear();
        return text;
    }

    /// <summary>Runs a program to its end; its error is printed as <c>error: ...</c>.</summary>
    public LuaStatus Run(string source, Slices slices = Slices.Big, long budgetMax = long.MaxValue)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(source);
        LuaPrototype? chunk = LuaPrototype.Compile(bytes, LuaString.Name("=input"), out LuaString? error);
        if (chunk is null)
        {
            Write(Encoding.Latin1.GetBytes($"{error}\n"));
            return LuaStatus.Failed;
        }

        return Run(chunk, slices, budgetMax);
    }

    /// <summary>Runs a compiled program to its end.</summary>
    public LuaStatus Run(LuaPrototype chunk, Slices slices = Slices.Big, long budgetMax = long.MaxValue)
    {
        Machine.Start(Machine.Load(chunk));
        long slice = slices == Slices.Big ? 100_000 : 1;
        while (true)
        {
            LuaStatus status = slices == Slices.Single ? Machine.RunExactly(slice) : Machine.Run(slice);
            if (status == LuaStatus.BudgetUsed)
            {
                Pauses++;
                budgetMax -= slice;
                if (budgetMax > 0) continue;
                Machine.Stop();
                return status;
            }

            if (status == LuaStatus.Suspended)
            {
                Suspensions++;
                continue;
            }

            if (status == LuaStatus.Failed)
                Write(Encoding.Latin1.GetBytes($"error: {BaseLibrary.Text(Machine, Machine.Error).Ref}\n"));
            return status;
        }
    }

    private void Write(ReadOnlySpan<byte> bytes) => _output.AddRange(bytes);

    private LuaAction Print(LuaCall call)
    {
        int shown = call.Step;
        if (shown > 0)
        {
            if (shown > 1) Write("\t"u8);
            if (call.Result(1).AsString is not { } text)
                throw call.Failure("'tostring' must return a string to 'print'");
            Write(text.Span);
        }

        if (shown == call.Count)
        {
            Write("\n"u8);
            return LuaCall.Return();
        }

        call.KeepPushed(0);
        call.Push(call.Machine.Globals.Get(LuaString.Name("tostring")));
        call.Push(call[shown + 1]);
        return call.Invoke(1, shown + 1);
    }

    private static LuaAction Ready(LuaCall call) =>
        call.Step == 0 ? call.Suspend(1) : LuaCall.Return(call.Count);
}
