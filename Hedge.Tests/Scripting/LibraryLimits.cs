using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hedge.Host.Commands;
using Hedge.Host.Declarations;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Host.Scripting;

namespace Hedge.Tests.Scripting;

/// <summary>
/// Calls all functions that a script finds, each with long and strange arguments, and tells which of them do
/// more than they count:
/// 1. A call allocates hardly more than it adds to the machine's sum of memory.
/// 2. What is reachable after many calls, whose results are kept, was added to that sum; and it is what the
///    runtime holds.
/// 3. A call pauses when its budget is spent: no step takes long.
/// </summary>
internal sealed class LibraryLimits
{
    private const long MemoryMax = 64 << 20;
    // Texts of errors are made of strings of C#, with two bytes for a character, and joined.
    private const long AllocatedSlack = 4 << 20;
    private const int AllocatedFactor = 12;
    private const long KeptMax = 3 << 20;
    private const long KeptSlack = 256 << 10;
    private const int KeptFactor = 3;
    private const long KeptSlice = 200;
    private const long KeptAllocatedMax = 64 << 20;
    private const int ListsKept = 2;
    private const long Slice = 10_000;
    private const long BudgetMax = 1_000_000;
    private const int StepMillisecondsMax = 150;
    private const int Tries = 3;

    // A machine is used again until it has counted so much.
    private const long ReusedMax = 16 << 20;

    private const string Values = """
        local h, numbers, refs, deep, fields = ('x'):rep(1000000), {}, {}, {}, {}
        for i = 1, 20000 do numbers[i] = i end
        for i = 1, 4000 do refs[i] = h end
        local at = deep for i = 1, 2000 do at[1] = {} at = at[1] end
        for i = 1, 5000 do fields['f' .. i] = i end
        return h, numbers, refs, deep, fields
        """;

    private static readonly string[] Names = ["h", "numbers", "refs", "deep", "fields"];

    private static readonly CommandTable Commands = AllCommands.Table();

    private static readonly string[] Arguments =
    [
        .. Names, "1", "3", "-1", "1e9", "2^53", "-2^31", "0/0", "1/0", "nil", "true", "''", "'x'", "'x+'",
        "'.-b'", "'%99d'", "'%s%s'", "'i8c0'", "'[{'", "h .. 'y'", "{}", "{1, 'two', {3}}",
        "function(...) return ... end", "function() return h end",
        "coroutine.create(function() return h end)",
    ];

    private readonly Random _random;
    private readonly Action<ScriptMachine>? _plant;
    private readonly List<string> _problems = [];
    private ScriptMachine? _machine;

    /// <param name="seed">Decides on the arguments.</param>
    /// <param name="plant">Changes a machine before its functions are looked for; null for nothing.</param>
    public LibraryLimits(int seed, Action<ScriptMachine>? plant = null)
    {
        _random = new Random(seed);
        _plant = plant;
    }

    /// <summary>The functions that were called.</summary>
    public IReadOnlyCollection<string> Functions { get; private set; } = [];

    /// <summary>Calls made.</summary>
    public int Calls { get; private set; }

    /// <summary>Those that ended without an error.</summary>
    public int Successes { get; private set; }

    /// <summary>Calls all functions. Returns what is wrong.</summary>
    /// <param name="calls">Lists of arguments for each function.</param>
    /// <param name="only">A function to be called alone; null for all.</param>
    public IReadOnlyList<string> Run(int calls, string? only = null)
    {
        Functions = only != null ? [only] : FunctionsOf(Make());
        foreach (string function in Functions)
        {
            int before = _problems.Count;
            HashSet<string> lists =
                ["", "h", "h, h", "h, 3", "unpack(refs, 1, 100)", "2, unpack(refs, 1, 100)"];
            while (lists.Count < calls) lists.Add(ArgumentList());
            List<string> good = [];
            foreach (string list in lists)
                if (CallOnce(function, list) && good.Count < ListsKept) good.Add(list);
            if (_problems.Count > before) continue;
            foreach (string list in good) Keep(function, list);
        }

        return _problems;
    }

    private string ArgumentList()
    {
        var some = new string[1 + _random.Next(4)];
        for (int i = 0; i < some.Length; i++) some[i] = Arguments[_random.Next(Arguments.Length)];
        return string.Join(", ", some);
    }

    private ScriptMachine Make()
    {
        var machine = new ScriptMachine(MemoryMax, Commands, static (_, _) => { });
        _plant?.Invoke(machine);
        return machine;
    }

    private ScriptMachine MakeWithValues()
    {
        ScriptMachine machine = Make();
        Start(machine, Values);
        if (machine.Lua.Run(BudgetMax) != LuaStatus.Finished)
            throw new InvalidOperationException("no values");
        LuaValue[] values = machine.Lua.Results.ToArray();
        for (int i = 0; i < Names.Length; i++) machine.Lua.Globals.Set(Names[i], values[i]);
        return machine;
    }

    private ScriptMachine Reused()
    {
        if (_machine is null || _machine.Lua.Memory.Used > ReusedMax) _machine = MakeWithValues();
        return _machine;
    }

    private bool CallOnce(string function, string arguments)
    {
        long longest = long.MaxValue;
        bool isGood = false;
        for (int i = 0; i < Tries && longest > StepMillisecondsMax; i++)
        {
            ScriptMachine machine = Reused();
            Start(machine, $"return (pcall({function}{(arguments.Length > 0 ? ", " : "")}{arguments}))");
            long charged = 0;
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            LuaStatus status = RunToEnd(machine.Lua, ref charged, out long slowest);
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            longest = Math.Min(longest, slowest);
            isGood = status == LuaStatus.Finished && !machine.Lua.Results[0].IsFalsy;
            if (allocated <= (AllocatedFactor * charged) + AllocatedSlack) continue;
            Report(function, arguments, $"allocates {allocated} bytes and counts {charged}");
            return false;
        }

        Calls++;
        if (isGood) Successes++;
        if (longest > StepMillisecondsMax) Report(function, arguments, $"takes {longest} ms in one step");
        return isGood;
    }

    // Many calls, whose results are kept until they take much, or the budget is spent.
    private void Keep(string function, string arguments)
    {
        ScriptMachine machine = MakeWithValues();
        long counted = machine.Lua.CountMemory();
        long charged = machine.Lua.Memory.Used;
        long held = HeldBytes();
        Start(machine, $"local kept = {{}} for i = 1, 1e9 do kept[i] = {function}({arguments}) end");
        LuaStatus status = LuaStatus.BudgetUsed;
        long stop = GC.GetAllocatedBytesForCurrentThread() + KeptAllocatedMax;
        for (long budget = BudgetMax; budget > 0 && status == LuaStatus.BudgetUsed; budget -= KeptSlice)
        {
            status = machine.Lua.Run(KeptSlice);
            if (machine.Lua.Memory.Used - charged > KeptMax) break;
            if (GC.GetAllocatedBytesForCurrentThread() > stop) break;
        }

        if (status != LuaStatus.BudgetUsed) return;
        held = HeldBytes() - held;
        charged = machine.Lua.Memory.Used - charged;
        counted = machine.Lua.CountMemory() - counted;
        machine.Lua.Stop();
        if (counted > charged + KeptSlack)
            Report(function, arguments, $"keeps {counted} bytes, of which it has counted {charged}");
        else if (held > (KeptFactor * counted) + (4 * KeptSlack))
            Report(function, arguments, $"keeps {held} bytes, of which {counted} are found");
    }

    private static long HeldBytes()
    {
        GC.Collect();
        return GC.GetTotalMemory(false);
    }

    private static LuaStatus RunToEnd(LuaMachine lua, ref long charged, out long slowestMilliseconds)
    {
        slowestMilliseconds = 0;
        for (long budget = BudgetMax; budget > 0; budget -= Slice)
        {
            long used = lua.Memory.Used;
            long began = Stopwatch.GetTimestamp();
            LuaStatus status = lua.Run(Slice);
            TimeSpan took = Stopwatch.GetElapsedTime(began);
            slowestMilliseconds = Math.Max(slowestMilliseconds, (long)took.TotalMilliseconds);
            charged += Math.Max(lua.Memory.Used - used, 0);
            if (status != LuaStatus.BudgetUsed) return status;
        }

        lua.Stop();
        return LuaStatus.BudgetUsed;
    }

    private static void Start(ScriptMachine machine, string source)
    {
        LuaPrototype chunk = LuaPrototype.Compile(
            Encoding.Latin1.GetBytes(source), LuaString.Name("=call"), out LuaString? error)
            ?? throw new InvalidOperationException($"{error}: {source}");
        LuaTable none = machine.Lua.NewTable();
        machine.Start(chunk, new NoServer(), none, none);
    }

    private static List<string> FunctionsOf(ScriptMachine machine)
    {
        List<string> found = [];
        Add(machine.Lua.Globals, "");
        return found;

        void Add(LuaTable table, string path)
        {
            for (int at = table.NextUsed(0); at >= 0; at = table.NextUsed(at + 1))
            {
                string name = path + table.KeyAt(at).AsString;
                if (table.ValueAt(at).Ref is LuaFunction) found.Add(name);
                else if (table.ValueAt(at).AsTable is { } inner && path.Length == 0 && inner != table)
                    Add(inner, name + ".");
            }
        }
    }

    private void Report(string function, string arguments, FormattableString problem) => _problems.Add(
        $"{function}({arguments}) {problem.ToString(CultureInfo.InvariantCulture)}");
}
