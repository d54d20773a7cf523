using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;
using Hedge.Tests.Settings;
using NUnit.Framework;

namespace Hedge.Tests.Lua;

/// <summary>
/// Runs programs in <c>lua5.1</c> and in a machine, as <c>driver.lua</c> says, and compares what they print.
/// </summary>
internal sealed class DifferentialRun
{
    private const string TooLong = "too long";

    // Without a limit, a string of 2^53 bytes takes all memory there is before it fails.
    private const string Limited = "ulimit -v 600000; exec lua5.1 \"$@\"";

    private const int TextMax = 2 << 20;

    private static readonly string[] Hidden =
        ["io", "debug", "package", "require", "module", "dofile", "loadfile", "arg"];

    private static readonly Regex DriverPosition = new(@"[^\s]*driver\.lua:\d+: ");

    private readonly LuaMachine _machine;
    private readonly StringBuilder _lines = new();
    private readonly LuaString _tostring = LuaString.Name("tostring");

    public DifferentialRun(long memoryMax = 256 << 20)
    {
        _machine = new LuaMachine(memoryMax);
        LuaLibraries.Open(_machine, new FixedSurroundings());
    }

    /// <summary>What the machine's values take.</summary>
    public long MemoryUsed => _machine.CountMemory();

    /// <summary>How often a run has paused.</summary>
    public long Pauses { get; private set; }

    /// <summary>Ends the test as one that was not run when there is no <c>lua5.1</c>.</summary>
    public static void RequireLua()
    {
        try
        {
            using Process lua =
                Process.Start(new ProcessStartInfo("lua5.1", ["-v"]) { RedirectStandardError = true })!;
            lua.WaitForExit();
        }
        catch (Win32Exception)
        {
            Assert.Ignore("lua5.1 is not installed");
        }
    }

    /// <summary>What lua5.1 prints for each program.</summary>
    public static string[] Expected(IReadOnlyList<string> programs)
    {
        string input = Path.GetTempFileName();
        string output = Path.GetTempFileName();
        try
        {
            using (var file = new FileStream(input, FileMode.Create))
            {
                foreach (string program in programs)
                {
                    file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                        $"{program.Length}\n")));
                    file.Write(Encoding.Latin1.GetBytes(program));
                }
            }

            string driver = Path.Combine(Repository.Root, "Hedge.Tests", "Lua", "driver.lua");
            string[] command = ["-c", Limited, "sh", driver, input, output];
            using (Process lua = Process.Start(new ProcessStartInfo("sh", command)
            { RedirectStandardError = true })!)
            {
                string problem = lua.StandardError.ReadToEnd();
                lua.WaitForExit();
                if (lua.ExitCode != 0) throw new InvalidOperationException(problem);
            }

            return Read(File.ReadAllBytes(output), programs.Count);
        }
        finally
        {
            File.Delete(input);
            File.Delete(output);
        }
    }

    /// <summary>
    /// Whether lua5.1 did not bring a program to its end: it took too long, printed too much or had not
    /// enough memory.
    /// </summary>
    public static bool GaveUp(string output) => output == TooLong
        || output.Contains("not enough memory", StringComparison.Ordinal);

    /// <summary>
    /// What the machine prints for a program; null when so many slices are used up before its end, or it
    /// has printed too much.
    /// </summary>
    public string? Actual(string program, Slices slices, long slicesMax = long.MaxValue)
    {
        _lines.Clear();
        LuaTable environment = Environment();
        byte[] text = Encoding.Latin1.GetBytes(program);
        LuaPrototype? chunk = LuaPrototype.Compile(text, LuaString.Name("=input"), out LuaString? problem);
        if (chunk is null) return problem!.ToString();
        LuaClosure closure = _machine.Load(chunk);
        closure.Environment = environment;
        _machine.Start(closure);
        long slice = slices == Slices.Big ? 1_000_000 : 1;
        LuaStatus status;
        do
        {
            if (slicesMax <= 0 || _lines.Length > TextMax)
            {
                _machine.Stop();
                return null;
            }

            status = slices == Slices.Single ? _machine.RunExactly(slice) : _machine.Run(slice);
            Pauses++;
            if (status == LuaStatus.BudgetUsed) slicesMax--;
        }
        while (status is LuaStatus.BudgetUsed or LuaStatus.Suspended);
        if (status == LuaStatus.Failed)
        {
            LuaValue error = _machine.Error;
            Line($"error: {(error.Ref is LuaObject and not LuaString ? error.TypeName : Show(error))}");
        }

        return _lines.Length == 0 ? "" : _lines.ToString(0, _lines.Length - 1);
    }

    private static string[] Read(ReadOnlySpan<byte> bytes, int count)
    {
        string[] all = new string[count];
        for (int i = 0; i < count; i++)
        {
            int line = bytes.IndexOf((byte)'\n');
            int length = int.Parse(bytes[..line], CultureInfo.InvariantCulture);
            string text = Encoding.Latin1.GetString(bytes.Slice(line + 1, length));
            // A level of an error can be a function of the driver; in the machine there is none.
            bool hasDriver = text.Contains("driver.lua", StringComparison.Ordinal);
            all[i] = hasDriver ? DriverPosition.Replace(text, "") : text;
            bytes = bytes[(line + length + 2)..];
        }

        return all;
    }

    private LuaTable Environment()
    {
        LuaTable globals = _machine.Globals;
        LuaTable environment = _machine.NewTable(0, 48);
        for (int at = globals.NextUsed(0); at >= 0; at = globals.NextUsed(at + 1))
            environment.Set(globals.KeyAt(at), globals.ValueAt(at));
        foreach (string name in Hidden) environment.Set(name, default);
        environment.Set("_G", environment);
        environment.Set("print", new HostFunction("print", Print) { Environment = globals });
        environment.Set("key", new HostFunction("key", Key) { Environment = globals });
        environment.Set("ready", new HostFunction("ready", Ready) { Environment = globals });
        return environment;
    }

    private static bool HasAddress(in LuaValue value) => value.Ref is LuaObject and not LuaString;

    private string Show(in LuaValue value) => BaseLibrary.Text(_machine, value).AsString!.ToString();

    private void Line(string line) => _lines.Append(line).Append('\n');

    private static LuaAction Key(LuaCall call) =>
        call.Return(HasAddress(call[1]) ? LuaString.Name(call[1].TypeName) : call[1]);

    private static LuaAction Ready(LuaCall call) =>
        call.Step == 0 ? call.Suspend(1) : LuaCall.Return(call.Count);

    // As print of the driver: objects by their types, unless they have a metamethod. It suspends once.
    private LuaAction Print(LuaCall call)
    {
        if (call.Step == 0) return call.Suspend(1);
        int shown = call.Step - 1;
        if (call.Step > 1 && call.State is not null)
        {
            call.State = null;
            if (call.Result(1).AsString is not { } text)
                throw call.Failure("'tostring' must return a string to 'print'");
            call.KeepPushed(shown - 1);
            call.Push(text);
        }

        for (; shown < call.Count; shown++)
        {
            LuaValue value = call[shown + 1];
            LuaTable? metatable = Metamethods.MetatableOf(_machine, value);
            LuaValue handler = HasAddress(value) && metatable is not null
                ? metatable.Get(LuaString.Name("__tostring")) : default;
            if (!handler.IsNil)
            {
                call.State = this;
                call.Push(_machine.Globals.Get(_tostring));
                call.Push(value);
                return call.Invoke(1, shown + 2);
            }

            if (!call.Reserve(2)) throw call.Failure("too many");
            call.Push(HasAddress(value) ? LuaString.Name(value.TypeName) : BaseLibrary.Text(_machine, value));
        }

        IEnumerable<string> texts = Texts(call);
        Line(string.Join('\t', texts));
        return LuaCall.Return();
    }

    private static List<string> Texts(LuaCall call)
    {
        List<string> texts = [];
        for (int i = 1; i <= call.Count; i++) texts.Add(call.Pushed(i).Ref!.ToString()!);
        return texts;
    }
}
